"""Headers of HTTP requests: the names and values that can be sent (RFC 9110, 5.1 and 5.5)."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field

from schedrun.core.pattern import Pattern
from schedrun.core.spec.base import fault

_Value = TypeVar("_Value")

_NAME = Pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN = Pattern(r"[\0\r\n\v\f]")
_BLANKS = " \t"


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        hint = "write letters, digits and hyphens, such as X-Request-Id"
        raise fault("SR102", "this is no name of a header", hint=hint)
    return name


def header_value(value: _Value) -> _Value:
    """Return the value; raises the fault SR102, which does not repeat it, for a text that no header can hold."""
    if isinstance(value, str):
        if _FORBIDDEN.search(value):
            hint = "write it on one line: a block text (`|`, `>`) ends in a line break unless it is `|-` or `>-`"
            raise fault("SR102", "this holds a line break or a NUL, which no header can hold", hint=hint)
        if value != value.strip(_BLANKS):
            raise fault("SR102", "no header's value begins or ends with a blank", hint="take the blank away")
    return value


HeaderName = Annotated[
    str,
    Field(min_length=1),
    AfterValidator(_name),
    Field(json_schema_extra={"not": {"pattern": r"[^!#$%&'*+.^_`|~0-9A-Za-z-]"}}),
]
"""The name of a header."""
