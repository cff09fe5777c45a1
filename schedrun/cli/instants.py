"""Instants and times of people, as options and arguments say them."""

import re
from datetime import UTC, datetime, timedelta

import click

from schedrun.core.run.why import Window
from schedrun.core.schedule.fires import TICK
from schedrun.core.spec import duration, instant
from schedrun.core.spec.instant import utc_text
from schedrun.render.escape import for_terminal

_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(seconds=1)
"""The last instant behind which there is a whole second."""
_FIRST_YEAR, _LAST_YEAR = 1970, 8999
_FRACTION = re.compile(r"\.(\d+)")


def in_the_future(text: str, *, zone: str | None, now: datetime) -> datetime:
    """Return the instant (aware, UTC) that an instant or a duration from now means.

    A text without an offset is read in `zone` (an IANA key, None: UTC). Raises click.UsageError when it means none, or
    one that has passed.
    """
    moment = _after(text, now) or at(text, zone=zone, hint=", or a duration such as 2h")
    if moment <= now:
        raise click.UsageError(for_terminal(f"--until {text} has passed: that is {utc_text(moment)}"))
    return moment


def window(text: str, *, zone: str | None) -> Window:
    """Return the instants that a time means, said to a second or to so many digits of one; `zone` as above."""
    first = min(at(text, zone=zone), _LAST)
    fraction = _FRACTION.search(text)
    digits = 0 if fraction is None else len(fraction[1])
    return Window(first, first + timedelta(microseconds=10 ** (6 - digits)) - TICK)


def at(text: str, *, zone: str | None, hint: str = "") -> datetime:
    """Return the instant (aware, UTC) that a text means; raises click.UsageError when it means none."""
    try:
        said = instant.read(text)
        # An offset says it all: it need not be that of the job's zone.
        return instant.resolve(text, (zone or "UTC") if said.tzinfo is None else None).astimezone(UTC)
    except instant.InstantError as error:
        raise click.UsageError(for_terminal(f"{error}{hint}")) from error


def of_now(text: str) -> datetime:
    """Return the instant (aware, UTC) of an option --now that is read in UTC; raises click.UsageError."""
    return within_reach(at(text, zone=None), option="--now", text=text)


def within_reach(moment: datetime, *, option: str, text: str) -> datetime:
    """Return the instant that an option's text means; raises click.UsageError too near to the ends of the calendar.

    From any other one can look years ahead.
    """
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        remedy = f"write a year from {_FIRST_YEAR} to {_LAST_YEAR}"
        raise click.UsageError(for_terminal(f"{option} {text} is out of range: {remedy}"))
    return moment


def aware(text: str, *, option: str, hint: str = "") -> datetime:
    """Return the instant (aware, UTC) that a text means by itself; raises click.UsageError when it says no offset."""
    try:
        if instant.read(text).tzinfo is not None:
            return instant.resolve(text, None).astimezone(UTC)
        reason = "says no offset from UTC"
    except instant.InstantError as error:
        # Its hint speaks of time zones in manifests.
        reason = error.message.removeprefix(f"{text!r} ")
    example = "write it like 2026-12-01T02:00:00+01:00 or 2026-12-01T01:00:00Z"
    raise click.UsageError(for_terminal(f"{option} {text!r} {reason}: {example}{hint}"))


def _after(text: str, now: datetime) -> datetime | None:
    try:
        return now + duration.parse(text)
    except OverflowError as error:
        raise click.UsageError(for_terminal(f"--until {text} is too far away")) from error
    except ValueError:
        return None
