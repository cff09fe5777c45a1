"""Stretches of time that a calendar on the wall names, as instants: every Saturday, 22:00 to 06:00, each week."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias, assert_never
from zoneinfo import ZoneInfo

from schedrun.core.schedule import clock_changes
from schedrun.core.spec.expect import Per

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The instants (aware UTC) from `begin` up to `end`, which is outside."""

    begin: datetime
    end: datetime


Readings: TypeAlias = Iterable[tuple[datetime, datetime]]
"""Readings (naive) from the first of each pair up to the second, which is outside; ascending."""


def shown(zone: ZoneInfo, of_day: Callable[[date], Readings], *, begin: datetime, end: datetime) -> Iterator[Window]:
    """Yield when in [begin, end) (aware) the clocks of `zone` show what `of_day` says of a day, oldest first.

    A reading that the clocks skip is never shown, one that they repeat is shown twice. The pairs of a day begin on
    that day and may end on the next.
    """
    for stretch, offset in _stretches(zone, begin=begin, end=end):
        first, last = _wall(stretch.begin, offset), _wall(stretch.end, offset)
        day = first.date() - _DAY
        while day <= last.date():
            for said_from, said_to in of_day(day):
                opens, closes = max(said_from, first), min(said_to, last)
                if opens < closes:
                    yield Window(_instant(opens, offset), _instant(closes, offset))
            day += _DAY


def calendar(per: Per, zone: ZoneInfo, *, begin: datetime, end: datetime) -> Iterator[Window]:
    """Yield each whole hour, day, week or month of `zone` that lies in part or whole in [begin, end), oldest first."""
    day = _first_day(per, begin.astimezone(zone).date())
    while True:
        following = _following(per, day)
        window = Window(day_begins(day, zone), day_begins(following, zone))
        if window.begin >= end:
            return
        for part in _hours(window) if per is Per.HOUR else (window,):
            if part.begin < part.end and part.end > begin and part.begin < end:
                yield part
        day = following


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant (aware UTC) at which the clocks of `zone` show `day`."""
    # Where midnight is skipped, the offset before the change makes it the instant of the change.
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _hours(day: Window) -> Iterator[Window]:
    begin = day.begin
    while begin < day.end:
        end = min(begin + _HOUR, day.end)
        yield Window(begin, end)
        begin = end


def _first_day(per: Per, day: date) -> date:
    match per:
        case Per.HOUR | Per.DAY:
            return day
        case Per.WEEK:
            return day - day.weekday() * _DAY
        case Per.MONTH:
            return day.replace(day=1)
        case _:
            assert_never(per)


def _following(per: Per, day: date) -> date:
    match per:
        case Per.HOUR | Per.DAY:
            return day + _DAY
        case Per.WEEK:
            return day + 7 * _DAY
        case Per.MONTH:
            return (day.replace(day=28) + 4 * _DAY).replace(day=1)
        case _:
            assert_never(per)


def _stretches(zone: ZoneInfo, *, begin: datetime, end: datetime) -> Iterator[tuple[Window, timedelta]]:
    """Yield the times within [begin, end) in which one offset is in force, with that offset."""
    moment, until = _naive(begin), _naive(end)
    offset = clock_changes.offset_at(zone, moment)
    for change in clock_changes.between(zone, after=moment, until=until):
        yield Window(_aware(moment), _aware(change.at)), offset
        moment, offset = change.at, change.after
    if moment < until:
        yield Window(_aware(moment), _aware(until)), offset


def _wall(instant: datetime, offset: timedelta) -> datetime:
    return _naive(instant) + offset


def _instant(reading: datetime, offset: timedelta) -> datetime:
    return _aware(reading - offset)


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _aware(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)
