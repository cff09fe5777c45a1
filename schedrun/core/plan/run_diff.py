"""Which runs of a job a change adds, takes away and moves.

An instant at which the job runs before and after is no change. Of the others one run *becomes* another, when both lie
in the window, by the first of these rules that applies:

1. The same schedule with another delay (a spread that changed, or a rename that changed its offset), the same period
   on another grid, and a one-time job: a run becomes the one that the shift leads to. A grid shifts by half a period
   at most, forwards when both ways are equally long.
2. Otherwise runs belong to the calendar day on which their job's own clock shows them, and on a day with equally many
   of them before and after they become each other in order: 02:00 moves to 03:00 of that day, also to that of another
   zone. Jobs that run at most once a week, before and after, are matched by the week (from Monday), those that run at
   most once a month by the month.

All other runs appear or vanish. Days, weeks and months count as a whole, also where the window cuts them: a run
whose counterpart lies outside of the window appears or vanishes.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from schedrun.core.plan import forecast
from schedrun.core.plan.forecast import Timeline, Window
from schedrun.core.schedule.fires import TICK
from schedrun.core.schedule.interval import Interval
from schedrun.core.schedule.once import Once

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Move:
    """A run at `before` becomes one at `after` (aware UTC)."""

    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class RunDiff:
    """The runs of one job in a window that differ, each instant once, ascending (moves by `before`).

    `passed` are runs behind the window's beginning that would have become one at or before it. Nothing fires after
    the fact, so they are lost; those within the window are among `vanish`.
    """

    appear: tuple[datetime, ...] = ()
    vanish: tuple[datetime, ...] = ()
    move: tuple[Move, ...] = ()
    passed: tuple[Move, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.appear or self.vanish or self.move)


_Pairs = Sequence[tuple[datetime, datetime]]
_NOTHING = RunDiff()


class _Unit(Enum):
    DAY = auto()
    WEEK = auto()
    MONTH = auto()


def between(before: Timeline | None, after: Timeline | None, *, window: Window) -> RunDiff:
    """Return what becomes of the runs of `window` when `before` gives way to `after`; None stands for no job."""
    if before is None or after is None:
        return RunDiff(
            appear=() if after is None else tuple(forecast.runs(after, window)),
            vanish=() if before is None else tuple(forecast.runs(before, window)),
        )
    if before.opens == after.opens and before.fires == after.fires:
        return _NOTHING
    shift = _shift(before, after)
    if shift is not None:
        return _shifted(forecast.runs(before, window), forecast.runs(after, window), shift=shift, window=window)
    return _by_calendar(before, after, window=window)


def _shift(before: Timeline, after: Timeline) -> timedelta | None:
    """Return how far every run moves, None when the schedules have nothing in common."""
    delay = after.fires.offset - before.fires.offset
    match before.fires.rule, after.fires.rule:
        case Once(at=old), Once(at=new):
            return new - old + delay
        case old, new if old == new:
            return delay
        case Interval(every=period, anchor=old), Interval(every=other, anchor=new) if period == other:
            shift = (new - old + delay) % period
            return shift if shift <= period / 2 else shift - period
        case _:
            return None


def _shifted(old: Sequence[datetime], new: Sequence[datetime], *, shift: timedelta, window: Window) -> RunDiff:
    stay = set(old).intersection(new)
    appear = dict.fromkeys(at for at in new if at not in stay)
    vanish, moves = [], []
    for at in old:
        if at in stay:
            continue
        if at + shift in appear:
            moves.append(Move(at, at + shift))
            del appear[at + shift]
        else:
            vanish.append(at)
    passed = tuple(Move(at, at + shift) for at in takewhile(lambda at: at + shift <= window.after, vanish))
    return RunDiff(tuple(appear), tuple(vanish), tuple(moves), passed)


def _by_calendar(before: Timeline, after: Timeline, *, window: Window) -> RunDiff:
    unit = _unit(before, after, window=window)
    dates = list(_beginnings(unit, zones=(before.zone, after.zone), window=window))
    bounds = _instants(dates, before.zone), _instants(dates, after.zone)
    old, new = (forecast.runs(line, _whole(limits)) for line, limits in zip((before, after), bounds, strict=True))
    stay = set(old).intersection(new)
    old, new = ([at for at in side if at not in stay] for side in (old, new))
    pairs: list[tuple[datetime, datetime]] = []
    for mine, theirs in zip(_split(old, bounds[0]), _split(new, bounds[1]), strict=True):
        if len(mine) == len(theirs):
            pairs.extend(zip(mine, theirs, strict=True))
    return _clipped(old, new, pairs=pairs, window=window)


def _clipped(old: Sequence[datetime], new: Sequence[datetime], *, pairs: _Pairs, window: Window) -> RunDiff:
    moves = tuple(Move(mine, theirs) for mine, theirs in pairs if window.holds(mine) and window.holds(theirs))
    gone, come = {move.before for move in moves}, {move.after for move in moves}
    return RunDiff(
        appear=tuple(at for at in new if window.holds(at) and at not in come),
        vanish=tuple(at for at in old if window.holds(at) and at not in gone),
        move=moves,
        passed=tuple(Move(mine, theirs) for mine, theirs in pairs if theirs <= window.after < mine),
    )


def _unit(before: Timeline, after: Timeline, *, window: Window) -> _Unit:
    """Return the coarsest unit of which no whole one holds two runs, of either side; else the day."""
    sparse = 2 + (window.until - window.after) // _WEEK
    if max(forecast.count(before, window), forecast.count(after, window)) > sparse:
        return _Unit.DAY
    for unit in (_Unit.MONTH, _Unit.WEEK):
        dates = list(_beginnings(unit, zones=(before.zone, after.zone), window=window))
        if all(_at_most_one(line, _instants(dates, line.zone)) for line in (before, after)):
            return unit
    return _Unit.DAY


def _at_most_one(line: Timeline, bounds: Sequence[datetime]) -> bool:
    return all(forecast.count(line, Window(first - TICK, last - TICK)) <= 1 for first, last in pairwise(bounds))


def _beginnings(unit: _Unit, *, zones: tuple[ZoneInfo, ZoneInfo], window: Window) -> Iterator[date]:
    """Yield the first days of the units that hold the window on either clock, and of the one behind them."""
    first = min(window.after.astimezone(zone).date() for zone in zones)
    last = max(window.until.astimezone(zone).date() for zone in zones)
    match unit:
        case _Unit.WEEK:
            first -= first.weekday() * _DAY
        case _Unit.MONTH:
            first = first.replace(day=1)
        case _:
            pass
    while first <= last:
        yield first
        first = _next(unit, first)
    yield first


def _next(unit: _Unit, first: date) -> date:
    match unit:
        case _Unit.DAY:
            return first + _DAY
        case _Unit.WEEK:
            return first + _WEEK
        case _:
            return (first + 31 * _DAY).replace(day=1)


def _instants(dates: Sequence[date], zone: ZoneInfo) -> list[datetime]:
    """Return when each day begins on the clock of `zone`."""
    return [datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for day in dates]


def _whole(bounds: Sequence[datetime]) -> Window:
    return Window(bounds[0] - TICK, bounds[-1] - TICK)


def _split(instants: Sequence[datetime], bounds: Sequence[datetime]) -> Iterator[Sequence[datetime]]:
    places = [bisect_left(instants, bound) for bound in bounds]
    return (instants[first:last] for first, last in pairwise(places))
