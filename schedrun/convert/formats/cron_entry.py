"""What every format that holds crontab expressions does alike: an expression becomes the when of an entry."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from schedrun.convert import carry
from schedrun.convert.entry import Note, Zone
from schedrun.convert.formats import go_duration
from schedrun.convert.proof import clock_changes
from schedrun.convert.timetables import cron_fields
from schedrun.convert.timetables.cron_fields import Dialect, DialectError
from schedrun.convert.timetables.timetable import Periodic, Timetable
from schedrun.convert.timetables.wall import Wall
from schedrun.core.spec.duration import text_of
from schedrun.core.spec.zone import ZoneError, zone_of

_SECOND = timedelta(seconds=1)
_THESE_YEARS = datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
_ODD = Note(
    "where clocks skip midnight or change by half an hour, robfig/cron may leave out or add a fire on that day: this is"
    " not compared",
    lost=False,
)
_ZONE_PREFIX = re.compile(r"(?:CRON_)?TZ=(\S+)\s+(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class When:
    """The fields `schedule` and `timezone` of a job (empty: it could not be carried), with timetable and notes.

    `field` counts the field of the expression that the tool would refuse.
    """

    fields: Mapping[str, Any]
    timetable: Timetable | None = None
    notes: tuple[Note, ...] = ()
    field: int | None = None


def when(text: str, zone: Zone, *, dialect: Dialect, said_zone: str | None = None) -> When:
    """Return the when of an expression; `said_zone` is the zone its source says, else `zone` is assumed."""
    try:
        wall = cron_fields.read(text, zone_of(said_zone or zone.key), dialect=dialect)
    except ZoneError as error:
        return When({}, notes=(Note(str(error)),))
    except DialectError as error:
        return When({}, notes=(Note(str(error)),), field=error.field)
    words = text if text.startswith("@") or len(text.split()) == 5 else None
    return of_wall(wall, assumed=None if said_zone else zone, text=words)


def of_robfig(text: str, zone: Zone, *, dialect: Dialect, said_zone: str | None = None) -> When:
    """Return the when of what robfig/cron reads: a zone may stand before it, and `@every` is a period."""
    prefixed = _ZONE_PREFIX.fullmatch(text)
    if prefixed is not None:
        said_zone, text = prefixed[1], prefixed[2]
    if text.startswith("@every"):
        return elapsed(text)
    if not text:
        return When({}, notes=(Note("it has no `schedule`"),))
    found = when(text, zone, dialect=dialect, said_zone=said_zone)
    if isinstance(found.timetable, Wall) and _is_odd(found.timetable.zone):
        return replace(found, notes=(*found.notes, _ODD))
    return found


@lru_cache(maxsize=64)
def _is_odd(zone: ZoneInfo) -> bool:
    """Return whether clocks skip midnight there or change by parts of an hour, as their rules stand these years."""
    for change in clock_changes(zone, after=_THESE_YEARS[0], until=_THESE_YEARS[1]):
        shown, before = change.astimezone(zone), (change - _SECOND).astimezone(zone)
        jump = shown.replace(tzinfo=None) - before.replace(tzinfo=None) - _SECOND
        skips_midnight = jump > timedelta() and (shown - jump).hour == 0
        if skips_midnight or jump % timedelta(hours=1):
            return True
    return False


def of_wall(wall: Wall, *, assumed: Zone | None, text: str | None = None) -> When:
    """Return the when of a calendar: `assumed` is its zone where the source says none.

    `text` is its expression where the source writes the five fields of a crontab.
    """
    carried = carry.calendar(wall, text)
    if carried.schedule is None:
        return When({}, wall, carried.notes)
    if "every" in carried.schedule:
        return When({"schedule": carried.schedule}, wall, carried.notes)
    notes = carried.notes if assumed is None else (*carried.notes, assumed.note)
    return When({"schedule": carried.schedule, "timezone": wall.zone.key}, wall, notes)


def elapsed(text: str) -> When:
    """Return the when of `@every DURATION`, in Go's words for durations, of which robfig/cron takes whole seconds."""
    said = go_duration.parse(text.removeprefix("@every").strip())
    if said is None:
        return When({}, notes=(Note(f"{text!r} says no duration of Go, such as 1h30m"),))
    every = max(said - said % _SECOND, _SECOND)
    carried = carry.period(every)
    cut = Note(f"{text!r} is cut to whole seconds there, to {text_of(every)}", lost=False)
    return When({"schedule": carried.schedule}, Periodic(every), (*carried.notes, *[cut] * (every != said)))
