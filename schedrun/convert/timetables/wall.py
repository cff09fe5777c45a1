"""Calendars read from a wall clock, and what tools do when that clock is changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

from schedrun.convert.timetables.days import Days

_DAY = timedelta(days=1)
_NO_CHANGE_OF_CLOCKS = timedelta(hours=3)


class Clock(Enum):
    """How a tool turns readings of the wall clock into instants; the value says so to people."""

    FOLLOWS = "it looks at the clock: a time that is skipped is lost, one that comes twice fires twice"
    DEBIAN = (
        "Debian's cron makes up for fixed times that are skipped, one start for each, ten seconds apart, and fires"
        " those that come twice once; lines whose minute or hour starts with * follow the clock"
    )
    CRONIE = (
        "cronie looks at the clock of CRON_TZ: a time that is skipped is lost, one that comes twice fires twice, unless"
        " the machine's own clock changes with it"
    )
    FIRST_SHOWING = "systemd leaves a time out that is skipped, and takes the first of two"
    GO = "supercronic moves the first time that is skipped by the gap's length, and fires one that comes twice once"
    CELERY = "Celery moves the first time that is skipped by the gap's length, and fires one that comes twice once"


@dataclass(frozen=True, slots=True)
class Wall:
    """A calendar in a zone.

    `wildcard` says that minute or hour starts with `*`, which matters to Debian's cron alone; `most_a_day` is that of
    `Timetable`.
    """

    days: Days
    hours: frozenset[int]
    minutes: frozenset[int]
    zone: ZoneInfo
    clock: Clock
    seconds: frozenset[int] = frozenset({0})
    wildcard: bool = False
    most_a_day: int = 2_000

    @property
    def on_clock_changes(self) -> str:
        """Return what the tool does when clocks are changed."""
        return self.clock.value

    def fires(self, *, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the instants, found by looking at every date."""
        times = [
            timedelta(hours=hour, minutes=minute, seconds=second)
            for hour in sorted(self.hours)
            for minute in sorted(self.minutes)
            for second in sorted(self.seconds)
        ]
        for instant in self._instants(times, after=after, until=until):
            if after < instant <= until:
                yield instant

    def _instants(self, times: list[timedelta], *, after: datetime, until: datetime) -> Iterator[datetime]:
        day, end = (after - 2 * _DAY).date(), (until + 2 * _DAY).date()
        changed: list[datetime] = []
        while day <= end:
            offset = _offset_of(self.zone, day)
            if offset is not None:
                yield from self._around_change(changed)
                changed = []
                if self.days.hold(day):
                    midnight = datetime.combine(day, time(), UTC) - offset
                    yield from (midnight + moment for moment in times)
            elif self.days.hold(day):
                naive = datetime.combine(day, time())
                changed.extend(naive + moment for moment in times)
            day += _DAY
        yield from self._around_change(changed)

    def _around_change(self, readings: list[datetime]) -> Iterator[datetime]:
        """Yield the instants of ascending readings on days beside a change of the clocks."""
        if self.clock not in {Clock.GO, Clock.CELERY}:
            yield from sorted(instant for reading in readings for instant in self._shown(reading))
            return
        shown, last, skipped = None, datetime.min.replace(tzinfo=UTC), False
        for reading in readings:
            # They look for the next reading from what the clock showed at the fire before.
            if shown is not None and reading <= shown:
                continue
            if self.clock is Clock.GO and not showings(self.zone, reading):
                # West of Greenwich it lands before the gap, and finds the same reading again until that is over.
                if skipped:
                    continue
                skipped = True
            (instant,) = self._shown(reading)
            if instant > last:
                last, shown = instant, instant.astimezone(self.zone).replace(tzinfo=None, fold=0)
                yield instant

    def _shown(self, reading: datetime) -> list[datetime]:
        shown = showings(self.zone, reading)
        match self.clock:
            case Clock.FOLLOWS | Clock.CRONIE:
                return shown
            case Clock.FIRST_SHOWING:
                return shown[:1]
            case Clock.GO:
                return [_as_go(self.zone, reading)]
            case Clock.CELERY:
                return [reading.replace(tzinfo=self.zone, fold=0).astimezone(UTC)]
            case Clock.DEBIAN:
                return shown if self.wildcard else shown[:1] or _made_up(self.zone, reading)


def showings(zone: ZoneInfo, reading: datetime) -> list[datetime]:
    """Return the instants at which the clock shows the reading: none, one or two."""
    instants = {reading.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(i for i in instants if i.astimezone(zone).replace(tzinfo=None, fold=0) == reading)


def _made_up(zone: ZoneInfo, reading: datetime) -> list[datetime]:
    """Return the first instant after the gap in which the reading was lost; nothing for a jump of three hours."""
    before = reading.replace(tzinfo=zone, fold=0).utcoffset() or timedelta()
    behind = reading.replace(tzinfo=zone, fold=1).utcoffset() or timedelta()
    if behind - before >= _NO_CHANGE_OF_CLOCKS:
        return []
    low, high = ((reading - offset).replace(tzinfo=UTC) for offset in (behind, before))
    return [offset_change(zone, after=low, until=high)]


def offset_change(zone: tzinfo, *, after: datetime, until: datetime) -> datetime:
    """Return the instant in (after, until], to the second, at which the zone leaves the offset it has at `after`."""
    before = after.astimezone(zone).utcoffset()
    while until - after > timedelta(seconds=1):
        middle = after + (until - after) // 2
        after, until = (middle, until) if middle.astimezone(zone).utcoffset() == before else (after, middle)
    return until.replace(microsecond=0)


def _as_go(zone: ZoneInfo, reading: datetime) -> datetime:
    """Return the instant that Go's `time.Date` makes of a reading, real or not."""
    as_utc = reading.replace(tzinfo=UTC)
    offset = as_utc.astimezone(zone).utcoffset() or timedelta()
    instant = as_utc - offset
    if instant.astimezone(zone).utcoffset() != offset:
        instant = as_utc - (instant.astimezone(zone).utcoffset() or timedelta())
    return instant


@lru_cache(maxsize=4096)
def _offset_of(zone: ZoneInfo, day: date) -> timedelta | None:
    """Return the offset that holds on the date and a day around it; None near a change of the clocks."""
    noon = datetime.combine(day, time(), UTC)
    found = {(noon + step * _DAY).astimezone(zone).utcoffset() for step in (-1, 0, 1, 2)}
    return found.pop() if len(found) == 1 else None
