"""Instants as manifests write them: RFC 3339, the offset optional where a time zone is said."""

import re
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, WithJsonSchema

from schedrun.core.pattern import Pattern
from schedrun.core.spec.base import fault
from schedrun.core.spec.zone import zone_of

PATTERN = r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:[Zz]|[+-]\d{2}:\d{2})?"
"""The text of an instant as a regular expression, for Python and for JSON Schema."""

_WHOLE = Pattern(PATTERN, re.ASCII)
_HINT = 'write it like "2026-12-01T02:00:00+01:00", or without the offset beside a `timezone`'
_FIRST_YEAR = 1900

_NAMED_YEARS = range(1970, 9000)
"""The years of instants that people name: from each of them one can look years ahead."""
_EXAMPLES = "write it like 2026-12-01T02:00:00+01:00 or 2026-12-01T01:00:00Z"

InstantCode = Literal["SR102", "SR306", "SR307"]
"""SR102: no instant. SR306: the offset contradicts the zone. SR307: the zone's clocks skip this time."""


class InstantError(ValueError):
    """A text means no instant here: `message` says why, `hint` what to write, `code` the kind of fault."""

    def __init__(self, message: str, *, hint: str, code: InstantCode) -> None:
        self.message, self.hint, self.code = message, hint, code
        super().__init__(f"{message}: {hint}")


def resolve(text: str, zone: str | None) -> datetime:
    """Return the instant (aware, UTC) that `text` means in the zone with this IANA key.

    A text without an offset is local time there; one that the clocks show twice means the first showing.
    Raises InstantError: SR102 when the text is no instant or has neither offset nor zone, SR307 when the
    clocks skip that time, SR306 when its offset is not the zone's at that instant (`Z` contradicts no zone).
    Raises ZoneError when the zone is unknown.
    """
    said = read(text)
    try:
        instant = _in_zone(text, said, None if zone is None else zone_of(zone))
    except OverflowError as error:
        raise InstantError(f"{text!r} is out of range", hint=_HINT, code="SR102") from error
    if instant.year < _FIRST_YEAR:
        raise InstantError(f"{text!r} is out of range", hint=f"write a year from {_FIRST_YEAR} on", code="SR102")
    return instant


def named(text: str, *, zone: str | None) -> datetime:
    """Return the instant (aware, UTC) that a person names, in an option of a command say.

    A text without an offset is local time in `zone` (an IANA key; None: it must say its offset). An offset says it all:
    it need not be that of the zone. Raises InstantError, whose `hint` says what to write there.
    """
    written = _EXAMPLES if zone is None else f"{_EXAMPLES}, or without the offset for {zone}"
    try:
        said = read(text)
    except InstantError as error:
        raise InstantError(error.message, hint=written, code=error.code) from error
    if said.tzinfo is None and zone is None:
        raise InstantError(f"{text!r} says no offset from UTC", hint=written, code="SR102")
    try:
        instant = _in_zone(text, said, zone_of(zone) if zone is not None and said.tzinfo is None else None)
    except OverflowError as error:
        raise out_of_reach(text) from error
    return within_reach(instant, text=text)


def within_reach(instant: datetime, *, text: str) -> datetime:
    """Return the aware instant that a text means; raises InstantError in years from which nobody can look ahead."""
    if instant.astimezone(UTC).year not in _NAMED_YEARS:
        raise out_of_reach(text)
    return instant


def out_of_reach(text: str) -> InstantError:
    """Return the error of a text that means an instant too near to the ends of the calendar, or behind them."""
    years = f"write a year from {_NAMED_YEARS[0]} to {_NAMED_YEARS[-1]}"
    return InstantError(f"{text!r} is out of range", hint=years, code="SR102")


def is_readable(text: str) -> bool:
    """Return whether `text` is written as an instant, whatever zone may be said."""
    try:
        read(text)
    except InstantError:
        return False
    return True


def _in_zone(text: str, said: datetime, zone: ZoneInfo | None) -> datetime:
    if said.tzinfo is None:
        return _local(text, said, zone)
    instant = said.astimezone(UTC)
    if zone is None or text[-1] in "Zz":
        return instant
    shown = instant.astimezone(zone)
    if shown.utcoffset() != said.utcoffset():
        message = f"the offset of {text!r} contradicts {zone.key}"
        hint = f'that instant is "{shown.isoformat()}" there; mend the offset or leave it out'
        raise InstantError(message, hint=hint, code="SR306")
    return instant


def _local(text: str, said: datetime, zone: ZoneInfo | None) -> datetime:
    if zone is None:
        hint = f'write the offset, such as "{said.isoformat()}Z", or say the `timezone`'
        raise InstantError(f"{text!r} has no offset, and no `timezone` is said", hint=hint, code="SR102")
    instant = said.replace(tzinfo=zone, fold=0).astimezone(UTC)
    shown = instant.astimezone(zone)
    if shown.replace(tzinfo=None) != said:
        message = f"{text!r} does not exist in {zone.key}: the clocks skip it"
        raise InstantError(message, hint=f'write "{shown.isoformat()}", or another time', code="SR307")
    return instant


def utc_text(instant: datetime) -> str:
    """Return an aware instant in UTC, in RFC 3339: `2026-12-01T01:00:00Z`, with microseconds where it has some."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def read(text: str) -> datetime:
    """Return what `text` says, aware only when it says an offset. Raises InstantError, SR102, when it is no instant."""
    if not _WHOLE.fullmatch(text):
        raise InstantError(f"{text!r} is no instant", hint=_HINT, code="SR102")
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError as error:
        # What Python says of offsets names its own types.
        why = "its offset is a day or longer" if "timedelta" in str(error) else error
        raise InstantError(f"{text!r} is no instant: {why}", hint=_HINT, code="SR102") from error


def _validate(text: str) -> str:
    try:
        read(text)
    except InstantError as error:
        raise fault(error.code, error.message, hint=error.hint) from error
    return text


InstantText = Annotated[str, AfterValidator(_validate), WithJsonSchema({"type": "string", "pattern": f"^{PATTERN}$"})]
"""The text of an instant as it was written; `resolve` makes it one."""
