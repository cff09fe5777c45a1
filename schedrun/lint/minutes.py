"""The minutes of a while in which jobs start or run: sets of minutes as the bits of one integer.

A week has 10,080 minutes, so a job is an integer of 1,260 bytes, and how many jobs share a minute is added up for all
minutes at once (bit-sliced counters, https://en.wikipedia.org/wiki/Bit_slicing).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from schedrun.core.schedule import clock_changes, readings
from schedrun.core.schedule.cron import Cron
from schedrun.core.schedule.fires import Fires
from schedrun.core.schedule.interval import Interval
from schedrun.core.schedule.once import Once

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Horizon:
    """`count` minutes from `start` (aware UTC, a whole minute): bit n stands for the minute n after it."""

    start: datetime
    count: int = 7 * _MINUTES_A_DAY

    @property
    def end(self) -> datetime:
        """The instant after the last minute."""
        return self.start + self.count * _MINUTE

    @property
    def all(self) -> int:
        """Every minute."""
        return (1 << self.count) - 1

    def minute(self, place: int) -> datetime:
        """Return the minute that bit `place` stands for."""
        return self.start + place * _MINUTE


def horizon_from(now: datetime) -> Horizon:
    """Return the seven days that begin with the next whole minute."""
    return Horizon(now.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE)


def of_rule(rule: Cron | Interval | Once, horizon: Horizon) -> int:
    """Return the minutes in which a rule fires, whatever its window and spread."""
    if isinstance(rule, Cron):
        return _of_cron(rule, horizon)
    if isinstance(rule, Interval) and rule.every <= _MINUTE:
        return horizon.all
    before = horizon.start - timedelta.resolution
    return _of_instants(rule.latest(after=before, until=horizon.end, limit=horizon.count), horizon)


def of_fires(rule_minutes: int, fires: Fires, *, horizon: Horizon) -> int:
    """Return the minutes in which a job starts, of those in which its rule fires: within its window, spread."""
    minutes = rule_minutes
    if fires.start > horizon.start:
        minutes &= ~_before(fires.start, horizon)
    if fires.end < horizon.end:
        minutes &= _before(fires.end, horizon)
    delay = fires.offset // _MINUTE
    return (minutes << delay) & horizon.all if delay < horizon.count else 0


def lasting(starts: int, duration: timedelta, *, horizon: Horizon) -> int:
    """Return the minutes in which runs are active that start in `starts` and take `duration`, at least a minute."""
    width = min(max(-(-duration // _MINUTE), 1), horizon.count)
    covered = 1
    while covered < width:
        step = min(covered, width - covered)
        starts |= starts << step
        covered += step
    return starts & horizon.all


class Load:
    """How many jobs share each minute."""

    def __init__(self, sets: Iterable[int] = ()) -> None:
        self._planes: list[int] = []
        for minutes in sets:
            self.add(minutes)

    def add(self, minutes: int) -> None:
        """Count one more job in these minutes."""
        carry = minutes
        for place, plane in enumerate(self._planes):
            if not carry:
                return
            self._planes[place], carry = plane ^ carry, plane & carry
        if carry:
            self._planes.append(carry)

    def busiest(self) -> tuple[int, int]:
        """Return the most jobs that share a minute, and the first such minute; (0, 0) when there are none."""
        count, among = 0, -1
        for place in reversed(range(len(self._planes))):
            if among & self._planes[place]:
                among &= self._planes[place]
                count += 1 << place
        return (count, (among & -among).bit_length() - 1) if count else (0, 0)

    def above(self, limit: int) -> int:
        """Return the minutes that more than `limit` jobs share."""
        if limit >= 1 << len(self._planes):
            return 0
        greater, equal = 0, -1
        for place in reversed(range(len(self._planes))):
            plane = self._planes[place]
            if limit >> place & 1:
                equal &= plane
            else:
                greater |= equal & plane
                equal &= ~plane
        return greater


def _before(instant: datetime, horizon: Horizon) -> int:
    """Return the minutes that begin before `instant`."""
    count = -((horizon.start - instant) // _MINUTE)
    return (1 << min(max(count, 0), horizon.count)) - 1


def _of_instants(instants: Iterable[datetime], horizon: Horizon) -> int:
    bits = bytearray(-(-horizon.count // 8))
    for instant in instants:
        place = (instant - horizon.start) // _MINUTE
        if 0 <= place < horizon.count:
            bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")


def _of_cron(cron: Cron, horizon: Horizon) -> int:
    start, end = horizon.start.replace(tzinfo=None), horizon.end.replace(tzinfo=None)
    around = clock_changes.between(cron.zone, after=start - _DAY, until=end + _DAY)
    if next(around, None) is not None:
        before = horizon.start - timedelta.resolution
        return _of_instants(cron.latest(after=before, until=horizon.end, limit=horizon.count + 1), horizon)
    local = start + clock_changes.offset_at(cron.zone, start)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    days = horizon.count // _MINUTES_A_DAY + 2
    minutes = _of_days(cron.crontab.expression, midnight, days=days)
    # An offset from UTC may hold seconds, in old times.
    return (minutes >> ((local - midnight) // _MINUTE)) & horizon.all


@lru_cache(maxsize=4096)
def _of_days(expression: str, midnight: datetime, *, days: int) -> int:
    """Return the minutes of the wall clock from `midnight` on in which an expression matches."""
    matching = readings.of(expression)
    of_hour = sum(1 << minute for minute in matching.minutes)
    of_day = sum(of_hour << (60 * hour) for hour in matching.hours)
    fields = expression.split(" ", 2)[2]
    return sum(of_day << (_MINUTES_A_DAY * day) for day in _days(fields, midnight, days=days))


@lru_cache(maxsize=1024)
def _days(fields: str, midnight: datetime, *, days: int) -> tuple[int, ...]:
    """Return which of the days from `midnight` on match the last three fields of an expression."""
    matching = readings.of(f"0 0 {fields}")
    first, end = midnight, midnight + days * _DAY
    return tuple(sorted((each - midnight).days for each in matching.newest(start=first, end=end)))
