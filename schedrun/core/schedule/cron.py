"""Cron schedules: wall readings turned into instants, also where the clocks change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schedrun.core.schedule import clock_changes, readings
from schedrun.core.schedule.clock_changes import Change
from schedrun.core.schedule.readings import Readings
from schedrun.core.spec import crontab
from schedrun.core.spec.crontab import Crontab
from schedrun.core.spec.zone import zone_of

_INSTANT = timedelta.resolution


class _Stretch(NamedTuple):
    """A while between two clock changes: the readings in [opens, closes) fire, each at itself minus `offset`.

    `made_up` is the instant (naive UTC) of a fire at its beginning, for readings that the change skipped.
    """

    opens: datetime
    closes: datetime
    offset: timedelta
    made_up: datetime | None


@dataclass(frozen=True, slots=True)
class Cron:
    """A crontab expression in a zone. Its instants are aware UTC, and naive UTC inside; readings are local."""

    crontab: Crontab
    zone: ZoneInfo

    def next_fire(self, *, after: datetime) -> datetime | None:
        """Return the first fire strictly after `after` (aware); None when the next fifty years have none."""
        matching = readings.of(self.crontab.expression)
        moment = _naive(after)
        opens, offset = self._position(moment)
        reading = matching.first(start=opens)
        while reading is not None:
            changes = clock_changes.between(self.zone, after=moment, until=reading - offset)
            change = next(changes, None)
            if change is None:
                return _aware(reading - offset)
            if self._makes_up(change) and reading < change.new_reading:
                return _aware(change.at)
            moment, offset, searched = change.at, change.after, opens
            opens = self._opens_after(change, opens)
            if not searched <= opens <= reading:
                reading = matching.first(start=opens)
        return None

    def count(self, *, after: datetime, until: datetime) -> int:
        """Return how many fires lie in (after, until], both aware."""
        matching = readings.of(self.crontab.expression)
        return sum(
            matching.count(start=stretch.opens, end=stretch.closes) + (stretch.made_up is not None)
            for stretch in self._stretches(matching, _naive(after), _naive(until))
        )

    def latest(self, *, after: datetime, until: datetime, limit: int) -> list[datetime]:
        """Return the newest `limit` fires in (after, until], both aware; ascending."""
        matching = readings.of(self.crontab.expression)
        stretches = list(self._stretches(matching, _naive(after), _naive(until)))
        newest = (_aware(fire) for stretch in reversed(stretches) for fire in _newest(matching, stretch))
        return list(islice(newest, limit))[::-1]

    def _stretches(self, matching: Readings, after: datetime, until: datetime) -> Iterator[_Stretch]:
        if after >= until:
            return
        opens, offset = self._position(after)
        made_up: datetime | None = None
        for change in clock_changes.between(self.zone, after=after, until=until):
            yield _Stretch(opens, change.old_reading, offset, made_up)
            skipped_from = max(opens, change.old_reading)
            opens, offset = self._opens_after(change, opens), change.after
            made_up = change.at if self._makes_up(change) and _only_skipped(matching, skipped_from, opens) else None
        yield _Stretch(opens, until + offset + _INSTANT, offset, made_up)

    def _position(self, moment: datetime) -> tuple[datetime, timedelta]:
        """Return the first reading that may fire after `moment`, and the offset in force."""
        local = self.zone.fromutc(moment.replace(tzinfo=self.zone))
        reading = local.replace(tzinfo=None, fold=0)
        if self.crontab.fixed and local.fold:
            # The second showing of readings that have all fired at their first.
            first_showing = reading - (local.replace(fold=0).utcoffset() or timedelta())
            change = next(clock_changes.between(self.zone, after=first_showing, until=moment))
            return change.old_reading, change.after
        return reading + _INSTANT, reading - moment

    def _opens_after(self, change: Change, opens: datetime) -> datetime:
        """Return the first reading that may fire once the clocks have changed."""
        if self.crontab.fixed:
            return max(opens, change.old_reading, change.new_reading)
        return change.new_reading

    def _makes_up(self, change: Change) -> bool:
        return self.crontab.fixed and timedelta() < change.jump < clock_changes.CALENDAR_JUMP


def next_fire_times(expression: str, *, timezone: str = "UTC", after: datetime, count: int = 5) -> list[datetime]:
    """Return the next `count` fires strictly after `after` (aware), each aware in the zone `timezone`.

    The list is shorter when the expression fires no more within fifty years. Raises ValueError for a naive
    `after`, a negative count, an expression that does not parse or never fires (CrontabError) and an unknown
    zone (ZoneError).
    """
    if after.tzinfo is None:
        raise ValueError("`after` needs an offset: a naive datetime is no instant")
    if count < 0:
        raise ValueError(f"`count` must not be negative, and is {count}")
    cron = Cron(crontab.parse(expression), zone_of(timezone))
    fires: list[datetime] = []
    instant = cron.next_fire(after=after)
    while instant is not None and len(fires) < count:
        fires.append(instant.astimezone(cron.zone))
        instant = cron.next_fire(after=instant)
    return fires


def _newest(matching: Readings, stretch: _Stretch) -> Iterator[datetime]:
    for reading in matching.newest(start=stretch.opens, end=stretch.closes):
        yield reading - stretch.offset
    if stretch.made_up is not None:
        yield stretch.made_up


def _only_skipped(matching: Readings, start: datetime, end: datetime) -> bool:
    """Return whether a reading in [start, end) matches, and `end`, shown at the same instant, does not."""
    return matching.count(start=start, end=end) > 0 and matching.count(start=end, end=end + _INSTANT) == 0


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _aware(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)
