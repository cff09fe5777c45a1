"""Times of day as people write them: "06:00"."""

from datetime import time
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from schedrun.core.pattern import Pattern
from schedrun.core.spec.base import fault
from schedrun.core.spec.duration import parse

_PATTERN = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_WHOLE = Pattern(_PATTERN)
_LOOSE = Pattern(r"([0-9]{1,2})[:.]?([0-9]{2})?(?::[0-9]{2})?")
_HINT = 'write hours from 00 to 23 and minutes in quotes, such as "06:00"'


def read(text: str) -> time:
    """Return the time of day that `text` (HH:MM) says. Raises ValueError for any other text."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is no time of day: {_HINT}")
    return time.fromisoformat(text)


def _validate(value: object) -> str:
    if not isinstance(value, str):
        raise fault("SR102", f"a time of day is text in quotes, not {value!r}", hint=_HINT)
    if not _WHOLE.fullmatch(value):
        raise fault("SR102", f"{value!r} is no time of day", hint=_meant(value) or _HINT)
    return value


def _meant(text: str) -> str | None:
    """Return a hint that names what was meant, where that can be told."""
    found = _LOOSE.fullmatch(text)
    if found is not None:
        near = f"{int(found[1]):02}:{found[2] or '00'}"
        near = "00:00" if near == "24:00" else near
        return f'write "{near}"' if _WHOLE.fullmatch(near) else None
    try:
        parse(text)
    except ValueError:
        return None
    return f"{_HINT}; `must_succeed_within` takes durations"


TimeOfDay = Annotated[
    str,
    BeforeValidator(_validate),
    WithJsonSchema({"type": "string", "pattern": f"^{_PATTERN}$", "examples": ["06:00"]}),
]
"""Hours and minutes of a local clock, from 00:00 to 23:59."""
