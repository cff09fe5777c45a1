"""Whether a job's fire times are as expected, with the first counter-example where they are not.

What is looked at are the moments at which fires are carried out, their spread included. No pause counts: it is the
schedule that is tested. Nothing here lists every fire: a year of seconds is judged by its days, hours or gaps.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import TypeAlias, assert_never
from zoneinfo import ZoneInfo

from schedrun.core.schedule import clock_changes, fires, readings, windows
from schedrun.core.schedule.cron import Cron
from schedrun.core.schedule.fires import TICK, Fires
from schedrun.core.schedule.interval import Interval
from schedrun.core.schedule.once import Once
from schedrun.core.schedule.windows import Readings, Window
from schedrun.core.spec.expect import (
    LENGTHS,
    WEEKDAYS,
    AtLeast,
    AtMost,
    Expectation,
    FiresAt,
    GapAtMost,
    NeverAt,
    NeverBetween,
    NeverOn,
    Per,
    is_time_of_day,
    time_of_day,
)
from schedrun.core.spec.instant import read, resolve
from schedrun.core.spec.zone import zone_of

MOST_LOOKS = 50_000
"""How many windows or gaps one entry may take: about a second of work."""

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_LOOKS_BACK = (timedelta(days=3660), timedelta(days=18_300))
"""How far back a fire before a moment is searched: nearly always it is near, but there are Sundays on 29 February."""
_FIRST = datetime(1911, 1, 1, tzinfo=UTC)
_LAST = datetime(9990, 1, 1, tzinfo=UTC)
"""Between these every window, and what is searched around it, lies in the calendar."""
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fired:
    """It fires at `at`, where it should not."""

    at: datetime


@dataclass(frozen=True, slots=True)
class NotFired:
    """It does not fire at `at`, where it should; `before` and `after` are the fires around it, None for none."""

    at: datetime
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Counted:
    """It fires `count` times in `window`: too often, or too seldom."""

    window: Window
    count: int


@dataclass(frozen=True, slots=True)
class Gap:
    """No fire comes between `begin` and `end`, which is too long.

    Where one of them is no fire, the schedule begins or ends there, or what is looked at does.
    """

    begin: datetime
    end: datetime
    from_fire: bool
    to_fire: bool


@dataclass(frozen=True, slots=True)
class Undecided:
    """It holds up to `until`; to look at the rest would take more than MOST_LOOKS."""

    until: datetime


CounterExample: TypeAlias = Fired | NotFired | Counted | Gap | Undecided
"""Why an expectation does not hold. Instants are aware UTC."""


class _TooManyLooks(Exception):  # noqa: N818  it is no error: the answer is Undecided
    def __init__(self, until: datetime) -> None:
        self.until = until


def counter_example(entry: Expectation, job: Fires, *, zone: str | None, now: datetime) -> CounterExample | None:
    """Return the first thing that contradicts `entry`, None when it holds.

    `zone` is the job's (an IANA key, None: UTC). Looked at is [now, now + horizon), where nothing is said twelve
    months; instants and dates that the entry names are looked at whenever they are. Raises ValueError for a naive
    `now`.
    """
    if now.tzinfo is None:
        raise ValueError(f"{now!r} is naive, so it is no instant: give it an offset")
    begin = min(max(now.astimezone(UTC), _FIRST), _LAST)
    try:
        if isinstance(entry, FiresAt):
            return _not_fired(entry, job, zone=zone)
        horizon = Window(begin, min(_later(begin, entry.horizon), _LAST))
        return _judged(entry, job, zone=zone_of(zone or "UTC"), horizon=horizon)
    except _TooManyLooks as looks:
        return Undecided(looks.until)
    except OverflowError:  # a spread of thousands of years, or the last instant of the calendar
        return Undecided(begin)


def _judged(
    entry: NeverAt | NeverOn | NeverBetween | AtMost | AtLeast | GapAtMost,
    job: Fires,
    *,
    zone: ZoneInfo,
    horizon: Window,
) -> CounterExample | None:
    match entry:
        case NeverAt():
            return _fired(job, _moments(entry, zone, horizon=horizon))
        case NeverOn():
            return _fired(job, _days(entry, zone, horizon=horizon))
        case NeverBetween(never_between=[begin, end]):
            opens, closes = time_of_day(begin), time_of_day(end)
            span = closes - opens if closes > opens else closes - opens + _DAY
            return _fired(job, _shown(partial(_at_times, [opens], span), zone, horizon=horizon))
        case AtMost():
            return _too_often(entry, job, spans=_spans(entry, job, zone, within=horizon))
        case AtLeast():
            whole = _in_force(job, horizon)
            return _too_seldom(entry, job, whole=whole, spans=_spans(entry, job, zone, within=whole))
        case GapAtMost(gap_at_most=longest):
            return _gap(longest, job, looked_at=_in_force(job, horizon))
        case NeverBetween():
            raise AssertionError("a range has two bounds")
        case _:
            assert_never(entry)


def _not_fired(entry: FiresAt, job: Fires, *, zone: str | None) -> NotFired | None:
    for text in entry.fires_at:
        at = resolve(text, zone)
        # The moment before the spread is what the schedule says, the one after it is what people see.
        if not any(fires.next_fire(job, after=moment - TICK) == moment for moment in (at, at - job.offset)):
            return NotFired(at, _latest(job, at), _next(job, at))
    return None


def _moments(entry: NeverAt, zone: ZoneInfo, *, horizon: Window) -> Iterator[Window]:
    """Yield each named moment as the minute or second that its text means."""
    times: dict[timedelta, list[timedelta]] = {}
    for text in entry.never_at:
        if is_time_of_day(text):
            times.setdefault(_precision(text), []).append(time_of_day(text))
        else:
            at = resolve(text, zone.key if read(text).tzinfo is None else None)
            yield Window(at, at + _precision(text[len("2026-12-24T") :]))
    for precision, said in times.items():
        yield from _shown(partial(_at_times, sorted(said), precision), zone, horizon=horizon)


def _precision(text: str) -> timedelta:
    """Return how long the moment lasts that `HH:MM` or `HH:MM:SS` names, whatever follows it."""
    return _SECOND if text[len("02:30") :].startswith(":") else _MINUTE


def _days(entry: NeverOn, zone: ZoneInfo, *, horizon: Window) -> Iterator[Window]:
    for text in entry.never_on:
        if text not in WEEKDAYS:
            day = date.fromisoformat(text)
            yield Window(windows.day_begins(day, zone), windows.day_begins(day + _DAY, zone))
    weekdays = {WEEKDAYS.index(text) for text in entry.never_on if text in WEEKDAYS}
    if weekdays:
        yield from _shown(partial(_on_weekdays, weekdays), zone, horizon=horizon)


def _shown(of_day: Callable[[date], Readings], zone: ZoneInfo, *, horizon: Window) -> Iterator[Window]:
    return windows.shown(zone, of_day, begin=horizon.begin, end=horizon.end)


def _at_times(times: list[timedelta], span: timedelta, day: date) -> Readings:
    midnight = datetime.combine(day, time())
    return [(midnight + opens, midnight + opens + span) for opens in times]


def _on_weekdays(weekdays: set[int], day: date) -> Readings:
    midnight = datetime.combine(day, time())
    return [(midnight, midnight + _DAY)] if day.weekday() in weekdays else []


def _fired(job: Fires, unwanted: Iterator[Window]) -> Fired | None:
    """Return the first fire in one of the windows."""
    searched: Window | None = None  # no fire lies in it
    for window in _looked_at(unwanted):
        if searched is not None and searched.begin <= window.begin and window.end <= searched.end:
            continue
        upcoming = _next(job, window.begin - TICK)
        if upcoming is not None and upcoming < window.end:
            return Fired(upcoming)
        searched = Window(window.begin, _END_OF_TIME if upcoming is None else upcoming)
    return None


def _spans(entry: AtMost | AtLeast, job: Fires, zone: ZoneInfo, *, within: Window) -> Iterator[Window]:
    """Yield the hours, days, weeks or months to be counted, oldest first; no hours that hold as any other does."""
    if entry.per is not Per.HOUR or not _is_usual(entry, job.rule):
        yield from windows.calendar(entry.per, zone, begin=within.begin, end=within.end)
    elif isinstance(job.rule, Cron) and within.begin < within.end:
        beside = [(each - job.offset).replace(tzinfo=None) for each in (within.begin - _DAY, within.end + _DAY)]
        for change in clock_changes.between(zone, after=beside[0], until=beside[1]):
            at = change.at.replace(tzinfo=UTC) + job.offset
            begin, end = max(within.begin, at - _DAY), min(within.end, at + _DAY)
            yield from windows.calendar(Per.HOUR, zone, begin=begin, end=end)


def _is_usual(entry: AtMost | AtLeast, rule: Cron | Interval | Once) -> bool:
    """Whether the entry holds for each hour, wherever it begins, in which the clocks do not change."""
    match rule:
        case Cron():
            matching = readings.of(rule.crontab.expression)
            # Each minute of the clock comes once in any hour, at all hours only in lines that fire all day.
            most = len(matching.minutes)
            fewest = most if matching.are_hourly else 0
        case Interval():
            most, fewest = -(-_HOUR // rule.every), _HOUR // rule.every
        case Once():
            most, fewest = 1, 0
        case _:
            assert_never(rule)
    return most <= entry.at_most if isinstance(entry, AtMost) else fewest >= entry.at_least


def _too_often(entry: AtMost, job: Fires, *, spans: Iterator[Window]) -> Counted | None:
    quiet_until = _FIRST  # no fire lies between the last window and this
    for span in _looked_at(spans):
        if span.end <= quiet_until:
            continue
        count = _count(job, span)
        if count > entry.at_most:
            return Counted(span, count)
        if not count:
            quiet_until = _next(job, span.end - TICK) or _LAST
    return None


def _too_seldom(entry: AtLeast, job: Fires, *, whole: Window, spans: Iterator[Window]) -> Counted | None:
    for span in _looked_at(spans):
        # Where the clocks change by half an hour, half an hour is left at the end of the day.
        is_cut = entry.per is Per.HOUR and span.end - span.begin < LENGTHS[Per.HOUR]
        if whole.begin <= span.begin and span.end <= whole.end and not is_cut:
            count = _count(job, span)
            if count < entry.at_least:
                return Counted(span, count)
    return None


def _gap(longest: timedelta, job: Fires, *, looked_at: Window) -> Gap | None:
    """Return the first time without a fire that is longer than `longest` and lies in part within `looked_at`."""
    if looked_at.begin >= looked_at.end or (isinstance(job.rule, Interval) and job.rule.every <= longest):
        return None
    # Every day of a crontab line has the same times: where they are near enough, a day is one look.
    days = job.rule if isinstance(job.rule, Cron) and _longest_within_a_day(job.rule) <= longest else None
    previous = _latest(job, looked_at.begin)
    at, from_fire = (looked_at.begin, False) if previous is None else (previous, True)
    for _ in range(MOST_LOOKS):
        # The last fire that is near enough spares those in between.
        near = at + longest
        if days is not None and from_fire:
            near = max(near, _end_of_day(at - job.offset, days.zone) + job.offset)
        reached = _latest(job, near, after=at)
        if reached is None:
            following = _next(job, at)
            end = looked_at.end if following is None else following
            return Gap(at, end, from_fire, following is not None) if end - at > longest else None
        if reached >= looked_at.end:
            return None
        at, from_fire = reached, True
    raise _TooManyLooks(at)


def _longest_within_a_day(cron: Cron) -> timedelta:
    """Return the longest time between two neighbouring fires of one day whose clocks do not change."""
    matching = readings.of(cron.crontab.expression)
    times = [hour * 60 + minute for hour in matching.hours for minute in matching.minutes]
    return max((later - earlier for earlier, later in pairwise(times)), default=0) * _MINUTE


def _end_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the last instant of the day that contains `moment`, `moment` itself where the clocks change meanwhile."""
    begin = moment.astimezone(zone)
    end = windows.day_begins(begin.date() + _DAY, zone)
    steady = end.astimezone(zone).utcoffset() == begin.utcoffset()
    return end - TICK if steady else moment


def _in_force(job: Fires, horizon: Window) -> Window:
    """Return the part of the horizon in which the schedule's own `start` and `end` let it fire."""
    return Window(max(horizon.begin, job.start + job.offset), min(horizon.end, job.end + job.offset))


def _later(begin: datetime, horizon: timedelta | None) -> datetime:
    if horizon is not None:
        return begin + horizon
    day = 28 if (begin.month, begin.day) == (2, 29) else begin.day
    return begin.replace(year=begin.year + 1, day=day)


def _looked_at(spans: Iterable[Window]) -> Iterator[Window]:
    for looks, span in enumerate(spans):
        if looks == MOST_LOOKS:
            raise _TooManyLooks(span.begin)
        yield span


def _next(job: Fires, after: datetime) -> datetime | None:
    nominal = fires.next_fire(job, after=after - job.offset)
    return None if nominal is None else nominal + job.offset


def _latest(job: Fires, until: datetime, *, after: datetime | None = None) -> datetime | None:
    until -= job.offset
    floors = [until - far for far in _LOOKS_BACK] if after is None else [after - job.offset]
    found = next((found for floor in floors if (found := fires.latest(job, after=floor, until=until, limit=1))), None)
    return found[0] + job.offset if found else None


def _count(job: Fires, span: Window) -> int:
    return fires.count(job, after=span.begin - job.offset - TICK, until=span.end - job.offset - TICK)
