"""Whether a foreign timetable and a job of ours fire at the same instants for twelve months."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from schedrun.convert.timetables.timetable import Periodic, Timetable
from schedrun.convert.timetables.union import Union
from schedrun.convert.timetables.wall import Wall, offset_change
from schedrun.core.schedule import fires
from schedrun.core.spec import duration
from schedrun.core.spec.job import Job
from schedrun.core.spec.schedule import IntervalSchedule

YEAR = timedelta(days=365)
_DAY = timedelta(days=1)
_SAMPLE = timedelta(days=14)
_ENOUGH = 100_000
"""More than a piece holds: a piece is cut so that fires of one second apart are fewer."""
_QUICK = timedelta(minutes=1)
_TICK = timedelta(microseconds=1)
OLD_FIRES_MORE = "the old one fires more often"
NEW_FIRES_MORE = "the new one fires more often: a limit of the old one is not carried"
_SECONDS = "seconds: crontabs of schedrun have none"


@dataclass(frozen=True, slots=True)
class Difference:
    """An instant (UTC) at which the old fires `old` times and the new one `new` times."""

    at: datetime
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was compared in (after, until]: how many fires the new side has, and where the two differ, with the reasons.

    `partly` says which days were looked at when it was not all of them.
    """

    after: datetime
    until: datetime
    fires: int
    differences: tuple[Difference, ...] = ()
    reasons: tuple[str, ...] = ()
    partly: str | None = None
    phase_free: bool = False

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Proofs:
    """Comparisons in the twelve months after `now` (aware); of calendars each is made once: fleets have many alike."""

    now: datetime
    known: dict[tuple[Wall | Union, str], Agreement] = field(default_factory=dict)

    def of(self, timetable: Timetable, job: Job) -> Agreement:
        """Return how the two agree, as `compare` does."""
        if not isinstance(timetable, Wall | Union):
            return compare(timetable, job, now=self.now)
        key = timetable, f"{job.schedule!r} {job.timezone}"
        if key not in self.known:
            self.known[key] = compare(timetable, job, now=self.now)
        return self.known[key]


def compare(timetable: Timetable, job: Job, *, now: datetime) -> Agreement:
    """Return how the two agree in the twelve months after `now` (aware); what spread adds is left out on both sides."""
    compiled = fires.of(job, key="imported")
    until = now + YEAR
    if isinstance(timetable, Periodic) and isinstance(job.schedule, IntervalSchedule):
        return _periods(timetable, job.schedule, compiled=compiled, now=now, until=until)
    zones = {ZoneInfo(job.timezone or "UTC"), timetable.zone or UTC}
    changes = sorted({change for zone in zones for change in clock_changes(zone, after=now, until=until)})
    windows, partly = _windows(timetable, changes, now=now, until=until)
    found: list[Difference] = []
    count = 0
    for start, end in windows:
        old = Counter(timetable.fires(after=start, until=end))
        new = Counter(fires.latest(compiled, after=start, until=end, limit=_ENOUGH))
        count += new.total()
        found += [Difference(at, old[at], new[at]) for at in sorted(old.keys() | new.keys()) if old[at] != new[at]]
    return Agreement(now, until, count, tuple(found), _reasons(timetable, found, changes=changes), partly)


def clock_changes(zone: tzinfo, *, after: datetime, until: datetime) -> list[datetime]:
    """Return the instants in (after, until] at which the zone's offset changes, found by looking."""
    found = []
    low = after
    while low < until:
        high = min(low + _DAY, until)
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            found.append(offset_change(zone, after=low, until=high))
        low = high
    return found


def _periods(
    timetable: Periodic, schedule: IntervalSchedule, *, compiled: fires.Fires, now: datetime, until: datetime
) -> Agreement:
    count = fires.count(compiled, after=now, until=until)
    if timetable.every != schedule.every:
        differences, reasons = (Difference(now, 1, 0),), ("the periods differ",)
        return Agreement(now, until, count, differences, reasons)
    if timetable.phase is None:
        return Agreement(now, until, count, phase_free=True)
    # Two grids of one period that share an instant are one grid.
    old = next(iter(timetable.fires(after=now, until=now + timetable.every)), None)
    new = fires.next_fire(compiled, after=now)
    if old == new or old is None:
        return Agreement(now, until, count)
    return Agreement(now, until, count, (Difference(old, 1, 0),), ("the grids begin at different instants",))


def _windows(
    timetable: Timetable, changes: list[datetime], *, now: datetime, until: datetime
) -> tuple[Iterator[tuple[datetime, datetime]], str | None]:
    first = next(iter(timetable.fires(after=now, until=until)), now + _TICK)
    begin = first - _TICK
    busy = sum(1 for _ in _first(timetable.fires(after=begin, until=begin + _DAY), timetable.most_a_day + 1))
    if busy <= timetable.most_a_day:
        # Pieces of thirty days keep a line that fires each minute out of memory.
        return _pieces(now, until, size=30 * _DAY), None
    # Several fires a second shorten what is looked at, so that it stays a million of them.
    parts = max(1, -(-_a_minute(timetable, now=now, until=until) // 60))
    sample, beside = _SAMPLE / parts, _DAY / parts
    near = [(change - beside, change + beside) for change in changes if change - beside > begin + sample]
    days = f"the first {_span(sample)}"
    if near:
        days += f" and {'two' if parts == 1 else _span(2 * beside)} around each of {len(near)} clock changes"
    # Before the first fire of the old one the new one must not fire either.
    looked_at = [(now, min(now + sample, begin)), (begin, begin + sample), *near]
    return (piece for start, end in looked_at for piece in _pieces(start, end, size=beside)), days


def _a_minute(timetable: Timetable, *, now: datetime, until: datetime) -> int:
    """Return how often it fires in the minute that its first fire begins."""
    first = next(iter(timetable.fires(after=now, until=until)), None)
    if first is None:
        return 0
    return sum(1 for _ in timetable.fires(after=first, until=first + _QUICK))


def _span(span: timedelta) -> str:
    return f"{span.days} days" if span == _SAMPLE else duration.text_of(timedelta(seconds=round(span.total_seconds())))


def _first(instants: Iterator[datetime], count: int) -> Iterator[datetime]:
    for _, instant in zip(range(count), instants, strict=False):
        yield instant


def _pieces(start: datetime, end: datetime, *, size: timedelta) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        yield start, min(start + size, end)
        start += size


def _reasons(timetable: Timetable, differences: list[Difference], *, changes: list[datetime]) -> tuple[str, ...]:
    if not differences:
        return ()
    if _other_reason(differences) == _SECONDS:
        return (_SECONDS,)
    near = [d for d in differences if any(abs(d.at - change) <= _DAY for change in changes)]
    others = [d for d in differences if not any(abs(d.at - change) <= _DAY for change in changes)]
    reasons = []
    if near and timetable.on_clock_changes:
        reasons.append(f"clock changes: {timetable.on_clock_changes}")
    if others or not reasons:
        reasons.append(_other_reason(others or differences))
    return tuple(reasons)


def _other_reason(differences: list[Difference]) -> str:
    old = {d.at for d in differences if d.old > d.new}
    new = {d.at for d in differences if d.new > d.old}
    whole = {at.replace(second=0) for at in old}
    # The second of the last minute may lie beyond what was compared.
    if any(at.second for at in old) and all(at in whole or at > max(old) for at in new):
        return _SECONDS
    if not old:
        return NEW_FIRES_MORE
    if not new:
        return OLD_FIRES_MORE
    return "the fields are read in another way"
