"""Headers of HTTP requests: the names and values that can be sent (RFC 9110, 5.1 and 5.5)."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from schedrun.core.pattern import Pattern
from schedrun.core.spec.base import fault
from schedrun.core.spec.shape import Shape

_Value = TypeVar("_Value")

_LETTERS = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_NAME = Pattern(_LETTERS)
_NAME_HINT = "write letters, digits and hyphens, such as X-Request-Id"
_NAME_SHAPE = Shape(f"^{_LETTERS}$", _NAME_HINT)
_FORBIDDEN = Pattern(r"[\0\r\n\v\f]")
_BLANKS = " \t"


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise fault("SR102", "this is no name of a header", hint=_NAME_HINT)
    return name


def header_value(value: _Value) -> _Value:
    """Return the value; raises the fault SR102, which does not repeat it, for a text that no header can hold."""
    if isinstance(value, str):
        if _FORBIDDEN.search(value):
            hint = "write it on one line: a block text (`|`, `>`) ends in a line break unless it is `|-` or `>-`"
            raise fault("SR102", "this holds a line break or a NUL, which no header can hold", hint=hint)
        if value != value.strip(_BLANKS):
            raise fault("SR102", "no header holds blanks around its value", hint="take them away")
    return value


HeaderName = Annotated[
    str,
    Field(min_length=1),
    AfterValidator(_name),
    Field(json_schema_extra=_NAME_SHAPE.of_key()),
]
"""The name of a header."""
