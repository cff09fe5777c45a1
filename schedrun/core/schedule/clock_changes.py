"""When a zone's clocks change: the instants at which its offset from UTC becomes another."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_LAST_YEAR = 9998
"""Later no offset can be asked for without leaving the calendar."""


CALENDAR_JUMP = timedelta(hours=3)
"""From here on clocks that go forward change the calendar (Apia, 2011-12-30): what they skip is not made up."""


class Change(NamedTuple):
    """At `at` (naive UTC) the offset `before` gives way to `after`."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def jump(self) -> timedelta:
        """How far the clocks go forward; negative when they go back."""
        return self.after - self.before

    @property
    def old_reading(self) -> datetime:
        """The wall time that the clocks would have shown at `at`."""
        return self.at + self.before

    @property
    def new_reading(self) -> datetime:
        """The wall time that they show instead."""
        return self.at + self.after


def offset_at(zone: ZoneInfo, instant: datetime) -> timedelta:
    """Return the offset from UTC in force at `instant` (naive UTC)."""
    return zone.fromutc(instant.replace(tzinfo=zone)).utcoffset() or timedelta()


def between(zone: ZoneInfo, *, after: datetime, until: datetime) -> Iterator[Change]:
    """Yield the changes in (after, until], oldest first; both are naive UTC."""
    for year in range(after.year, min(until.year, _LAST_YEAR) + 1):
        for change in _of_year(zone, year):
            if after < change.at <= until:
                yield change


@lru_cache(maxsize=4096)
def _of_year(zone: ZoneInfo, year: int) -> tuple[Change, ...]:
    # zoneinfo tells offsets and no transitions. No zone has ever changed twice within a day.
    day, end = datetime(year, 1, 1), datetime(year + 1, 1, 1)  # noqa: DTZ001  UTC, without saying so
    changes: list[Change] = []
    offset = offset_at(zone, day)
    while day < end:
        next_offset = offset_at(zone, day + _DAY)
        if next_offset != offset:
            changes.append(Change(_first_with(next_offset, zone, day), offset, next_offset))
        day, offset = day + _DAY, next_offset
    return tuple(changes)


def _first_with(offset: timedelta, zone: ZoneInfo, day: datetime) -> datetime:
    """Return the first second in (day, day + 24 h] at which `offset` is in force."""
    low, high = 0, int(_DAY / _SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(zone, day + middle * _SECOND) == offset:
            high = middle
        else:
            low = middle
    return day + high * _SECOND
