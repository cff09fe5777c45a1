"""The minutes of a while in which jobs start or run: sets of minutes as the bits of one integer.

A week has 10,080 minutes, so a job is an integer of 1,260 bytes, and how many jobs share a minute is added up for all
minutes at once (bit-sliced counters, https://en.wikipedia.org/wiki/Bit_slicing).
"""

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from schedrun.core.schedule import clock_changes, fires, readings
from schedrun.core.schedule.cron import Cron
from schedrun.core.schedule.fires import Fires
from schedrun.core.schedule.interval import EPOCH, Interval

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


class Memory(Protocol):
    """Returns `work(*arguments)`, and for the same function and arguments what it returned before."""

    def __call__(self, work: Callable[..., int], *arguments: Hashable) -> int:
        """Return what the work returns."""


def horizon_from(now: datetime) -> Horizon:
    """Return the seven days that begin with the next whole minute."""
    return Horizon(now.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE)


def of_fires(job: Fires, *, horizon: Horizon, once: Memory) -> int:
    """Return the minutes in which a job starts, by its window and spread; `once` remembers what schedules share."""
    if job.offset > horizon.end - fires.BEGINNING:
        return 0
    first, end = horizon.start - job.offset, horizon.end - job.offset
    minutes = _of_rule(job, horizon=horizon, once=once)
    if job.start > first or job.end < end:
        opening = fires.next_fire(job, after=first - fires.TICK)
        closing = fires.latest(job, after=first - fires.TICK, until=end - fires.TICK, limit=1)
        if opening is None or not closing:
            return 0
        minutes &= ~_before(opening - first, horizon) & _before(closing[0] - first + _MINUTE, horizon)
    return minutes


def lasting(starts: int, duration: timedelta, *, horizon: Horizon) -> int:
    """Return the minutes in which runs are active that start in `starts` and take `duration`, at least a minute."""
    width, covered = _width(duration, horizon), 1
    while covered < width:
        step = min(covered, width - covered)
        starts |= starts << step
        covered += step
    return starts & horizon.all


def at_once(starts: int, duration: timedelta, *, most: int, horizon: Horizon) -> "Load":
    """Return how many runs are active in each minute, of those that start in `starts`, one in each, and last so long.

    A run takes at least a minute, and no more than `most` are active at once.
    """
    width = _width(duration, horizon)
    total, covered, part, length = Load(), 0, Load([starts]), 1
    while covered < width:
        if width & length:
            total.add_all(part, later=covered)
            covered += length
        part.add_all(part, later=length)
        length *= 2
    return total.limited(most, horizon=horizon)


class Load:
    """How many jobs, or runs, share each minute."""

    def __init__(self, sets: Iterable[int] = ()) -> None:
        self._planes: list[int] = []
        for minutes in sets:
            self.add(minutes)

    def add(self, minutes: int, *, power: int = 0) -> None:
        """Count one job more, or 2 ** `power` runs, in these minutes."""
        carry = minutes
        while carry:
            self._planes += [0] * (power + 1 - len(self._planes))
            plane = self._planes[power]
            self._planes[power], carry = plane ^ carry, plane & carry
            power += 1

    def add_all(self, load: "Load", *, later: int = 0) -> None:
        """Count what another load counts, so many minutes later."""
        for power, plane in enumerate(tuple(load._planes)):
            self.add(plane << later, power=power)

    def times(self, count: int) -> "Load":
        """Return this load with `count` in the place of each one."""
        total = Load()
        for power in range(count.bit_length()):
            if count >> power & 1:
                for own, plane in enumerate(self._planes):
                    total.add(plane, power=power + own)
        return total

    def limited(self, most: int, *, horizon: Horizon) -> "Load":
        """Return this load within the horizon, in no minute more than `most`."""
        limited, above = Load(), self.above(most)
        for power in range(max(len(self._planes), most.bit_length())):
            plane = self._planes[power] if power < len(self._planes) else 0
            limited.add((plane & ~above | (above if most >> power & 1 else 0)) & horizon.all, power=power)
        return limited

    def count(self, place: int) -> int:
        """Return how many share a minute."""
        return sum((plane >> place & 1) << power for power, plane in enumerate(self._planes))

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


def _width(duration: timedelta, horizon: Horizon) -> int:
    return min(max(-(-duration // _MINUTE), 1), horizon.count)


def _before(elapsed: timedelta, horizon: Horizon) -> int:
    """Return the minutes that are over when so much of the horizon has elapsed."""
    return (1 << min(max(elapsed // _MINUTE, 0), horizon.count)) - 1


def _of_rule(job: Fires, *, horizon: Horizon, once: Memory) -> int:
    """Return the minutes in which a job would start if it had no window."""
    match job.rule:
        case Cron():
            # Its instants are whole minutes. A day more, so that all spreads below one share what is found.
            delay = job.offset // _MINUTE
            days = -(-delay // _MINUTES_A_DAY)
            earlier = Horizon(horizon.start - days * _DAY, horizon.count + min(days, 1) * _MINUTES_A_DAY)
            return once(_of_cron, job.rule, earlier) >> (days * _MINUTES_A_DAY - delay) & horizon.all
        case Interval(every=every) if every <= _MINUTE:
            return horizon.all
        case Interval(every=every) if every < horizon.end - horizon.start:
            return once(_of_interval, _in_phase(job.rule, job.offset), horizon)
        case _:
            first, end = horizon.start - job.offset, horizon.end - job.offset
            few = job.rule.latest(after=first - fires.TICK, until=end - fires.TICK, limit=2)
            return _of_instants((instant + job.offset for instant in few), horizon)


def _in_phase(rule: Interval, offset: timedelta) -> Interval:
    """Return the interval with its offset, and an anchor that all have whose instants lie in the same minutes.

    All of them are the same multiple of what `every` and a minute have in common away from whole minutes.
    """
    common = math.gcd(rule.every // fires.TICK, _MINUTE // fires.TICK) * fires.TICK
    phase = (rule.anchor - EPOCH + offset) // common * common % rule.every
    return Interval(rule.every, EPOCH + phase)


def _of_interval(rule: Interval, horizon: Horizon) -> int:
    before = horizon.start - fires.TICK
    return _of_instants(rule.latest(after=before, until=horizon.end, limit=horizon.count), horizon)


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
