"""Durations as people write them: `90s`, `1h30m`, `2d`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from schedrun.core.spec.base import fault
from schedrun.core.spec.shape import Shape

_UNITS = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_PATTERN = r"(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m(?!s))?(?:\d+s)?(?:\d+ms)?"
_WHOLE = re.compile(_PATTERN, re.ASCII)
_PART = re.compile(r"(\d+)(ms|[wdhms])", re.ASCII)
_HINT = "write numbers with units, largest first, such as 90s, 1h30m or 2d"


def parse(text: str) -> timedelta:
    """Return the duration that `text` says; units w d h m s ms, largest first, each at most once.

    Raises ValueError when the text is anything else, or longer than a timedelta holds.
    """
    if not is_written(text):
        raise ValueError(f"{text!r} is no duration: {_HINT}")
    try:
        return timedelta(milliseconds=sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text)))
    except OverflowError as error:
        raise ValueError(f"{text!r} is too long a duration") from error


def is_written(text: str) -> bool:
    """Return whether the text is written as a duration, however long."""
    return bool(text and _WHOLE.fullmatch(text))


def text_of(duration: timedelta) -> str:
    """Return the shortest text that `parse` reads back as `duration` (to the millisecond)."""
    rest = duration // timedelta(milliseconds=1)
    parts: list[str] = []
    for unit, size in _UNITS.items():
        if unit == "w":
            continue
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _validate(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return _whole_milliseconds(value)
    if not isinstance(value, str):
        raise fault("SR102", f"a duration is text with a unit, not {value!r}", hint=_HINT)
    try:
        return parse(value)
    except ValueError as error:
        raise fault("SR102", f"{value!r} is no duration", hint=_HINT) from error


def _whole_milliseconds(duration: timedelta) -> timedelta:
    # What the text cannot say would be lost when the job is recorded.
    if duration < timedelta() or duration % timedelta(milliseconds=1):
        raise fault("SR102", f"{duration!r} is no duration", hint="give whole milliseconds, zero or more")
    return duration


def _more_than_nothing(duration: timedelta) -> timedelta:
    if not duration:
        raise fault("SR102", "this duration must be longer than nothing", hint="write one such as 15m")
    return duration


Duration = Annotated[
    timedelta,
    BeforeValidator(_validate),
    PlainSerializer(text_of, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["90s", "1h30m", "2d"]}),
    Shape(f"^(?=.){_PATTERN}$", _HINT),
]
"""A timedelta that manifests write as text with units."""

PositiveDuration = Annotated[
    Duration, AfterValidator(_more_than_nothing), Shape(f"^(?=.*[1-9]){_PATTERN}$", f"{_HINT}, and more than nothing")
]
"""A duration that is longer than nothing."""
