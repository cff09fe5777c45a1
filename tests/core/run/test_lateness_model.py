"""Whatever happens to a job, and whenever it is judged: the breaches are those that its whole history has."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.core.run import lateness
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.run.span import Span
from schedrun.core.schedule.fires import TICK
from schedrun.core.status import RunKind, RunStatus, SpanStatus
from tests.core.run.recorded_jobs import a_job, a_run, compiled
from tests.core.schedule.minute_walk import Line, fires, utc

BEGIN, STEP, STEPS = utc("2026-03-27T12:00Z"), timedelta(minutes=30), 6 * 48
"""Six days in Berlin, with the night in which the clocks go forward."""
END = BEGIN + STEPS * STEP
EVERY = 5
"""A fire comes every so many steps."""

Breaches = set[tuple[str, datetime]]


class While(NamedTuple):
    """A pause, or a downtime of the service."""

    begin: datetime
    end: datetime
    paused: bool


@dataclass(frozen=True)
class History:
    """What happened: how long each fire's run took to succeed (None: it failed), and what was asked for by hand."""

    took: list[timedelta | None]
    by_hand: list[datetime]
    whiles: list[While]
    looks: list[datetime]
    finish_by: str
    within: timedelta

    def is_down(self, at: datetime) -> bool:
        return any(not each.paused and each.begin <= at < each.end for each in self.whiles)

    def is_paused(self, fire: datetime) -> bool:
        return any(each.paused and each.begin < fire <= each.end for each in self.whiles)

    def fires(self) -> Iterator[datetime]:
        return (BEGIN + number * EVERY * STEP for number in range(1, STEPS // EVERY))

    def successes(self) -> list[tuple[datetime, datetime, RunKind]]:
        """Return when runs succeeded, their fire times and kinds; none outlives its service."""
        ran = [(at, took, RunKind.SCHEDULED) for at, took in zip(self.fires(), self.took, strict=False) if took]
        ran = [each for each in ran if not self.is_paused(each[0])]
        ran += [(at, timedelta(minutes=2), RunKind.MANUAL) for at in self.by_hand]
        return sorted(
            (at + took, at, kind)
            for at, took, kind in ran
            if at + took <= END
            and not any(not each.paused and each.begin <= at + took and at < each.end for each in self.whiles)
        )


@st.composite
def histories(draw: Any) -> History:
    steps = draw(st.lists(st.integers(1, STEPS - 1), unique=True, max_size=8).map(sorted))
    bounds = [BEGIN + step * STEP for step in steps[: len(steps) // 2 * 2]]
    whiles = [While(begin, end, draw(st.booleans())) for begin, end in zip(bounds[::2], bounds[1::2], strict=True)]
    took = st.one_of(st.none(), st.integers(0, 12).map(lambda count: count * STEP + timedelta(minutes=7)))
    moments = st.integers(1, STEPS - 1).map(lambda step: BEGIN + step * STEP + timedelta(minutes=11))
    return History(
        took=draw(st.lists(took, min_size=STEPS // EVERY, max_size=STEPS // EVERY)),
        by_hand=draw(st.lists(moments, max_size=3)),
        whiles=whiles,
        looks=draw(st.lists(st.integers(0, STEPS * 30).map(lambda count: BEGIN + count * timedelta(minutes=1)))),
        finish_by=draw(st.sampled_from(["02:00", "02:30", "03:00", "06:00", "23:30"])),
        within=draw(st.sampled_from([timedelta(hours=3), timedelta(hours=26), timedelta(hours=60)])),
    )


@lru_cache
def deadlines(text: str) -> list[datetime]:
    """Walk the minutes to each deadline, from before the beginning on."""
    hours, minutes = map(int, text.split(":"))
    line = Line(f"{minutes} {hours} * * *", *map(frozenset, ({minutes}, {hours}, range(1, 32), range(1, 13), range(8))))
    return fires(line, ZoneInfo("Europe/Berlin"), after=BEGIN - timedelta(days=2), until=END)


def unfinished(history: History) -> Breaches:
    """Look at each deadline, at what came due since the last one."""
    found: Breaches = set()
    late_since: datetime | None = None
    for last, deadline in pairwise(deadlines(history.finish_by)):
        if deadline <= BEGIN:
            continue
        if late_since is not None and any(late_since < at < deadline for at, *_ in history.successes()):
            late_since = None
        due = [at for at in history.fires() if last <= at < deadline and not history.is_paused(at)]
        good = any(
            at <= deadline and (fire == due[-1] if kind is RunKind.SCHEDULED else fire >= due[-1])
            for at, fire, kind in history.successes()
            if due
        )
        if due and not good and late_since is None:
            late_since = deadline
            found.add(("must_finish_by", deadline))
    return found


def unsucceeded(history: History) -> Breaches:
    """Walk from one event to the next, and look at the gap between them."""
    found: Breaches = set()
    counted_from, late, paused = BEGIN, False, False
    events = [(at, "success") for at, *_ in history.successes()]
    events += [(each.begin, "pause") for each in history.whiles if each.paused]
    events += [(each.end, "resume") for each in history.whiles if each.paused]
    for at, what in sorted([*events, (END, "end")]):
        since = counted_from + history.within
        if not paused and not late and (since < at or (since == at and what != "success")):
            found.add(("must_succeed_within", since))
            late = True
        if what != "pause":
            counted_from = at
        late, paused = late and what != "success", what == "pause" or (paused and what != "resume")
    return found


@dataclass
class Life:
    """A job that is judged as the scheduler judges it."""

    job: RecordedJob
    kept: lateness.Lateness = field(init=False)
    found: list[tuple[str, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kept = lateness.begun(self.job, newest=None, now=BEGIN)

    def judge(self, now: datetime) -> None:
        self.kept, breaches = lateness.judge(self.job, compiled(self.job), self.kept, completed=False, now=now)
        self.found += [(str(late.expectation), late.since) for late in breaches]

    def fire(self, at: datetime) -> None:
        self.judge(at)
        self.kept = lateness.planned(self.kept, runs=[a_run("r", RunStatus.RUNNING, fire=at)], spans=())
        self.job = self.job.at_cursor(at)

    def miss(self, missed: list[datetime], now: datetime) -> None:
        self.judge(now)
        if missed:
            span = Span("uid", missed[0], missed[-1], len(missed), SpanStatus.MISSED, "down")
            self.kept = lateness.planned(self.kept, runs=(), spans=[span])
            self.job = self.job.at_cursor(missed[-1])

    def succeed(self, at: datetime, fire: datetime, kind: RunKind) -> None:
        self.judge(at - TICK)
        run = a_run("r", RunStatus.SUCCEEDED, fire=fire)._replace(kind=kind)
        self.kept = lateness.succeeded(self.kept, run, at=at)

    def pause(self, at: datetime) -> None:
        self.judge(at)
        self.job = self.job._replace(override=Override(None, "ada", at))

    def resume(self, at: datetime) -> None:
        self.judge(at)
        self.job = self.job.at_cursor(at)._replace(override=None)
        self.kept = lateness.resumed(self.kept, at=at)


def lived(history: History, *, looks: bool) -> list[tuple[str, datetime]]:
    """Let it all happen; with `looks` it is judged in between too."""
    life = Life(
        a_job(
            BEGIN,
            schedule={"every": f"{EVERY * 30}m", "anchor": "2026-03-27T12:00:00Z"},
            timezone="Europe/Berlin",
            must_finish_by=history.finish_by,
            must_succeed_within=f"{history.within // timedelta(hours=1)}h",
        )
    )
    events: list[tuple[datetime, int, Any]] = []
    ready = [at for at in history.fires() if not history.is_down(at) and not history.is_paused(at)]
    events += [(at, 0, lambda at=at: life.fire(at)) for at in ready]
    events += [(at, 0, lambda ran=(at, *rest): life.succeed(*ran)) for at, *rest in history.successes()]
    for each in history.whiles:
        if each.paused:
            events += [(each.begin, 1, lambda at=each.begin: life.pause(at))]
            events += [(each.end, 1, lambda at=each.end: life.resume(at))]
        else:
            missed = [at for at in history.fires() if each.begin <= at < each.end]
            events += [(each.end, -1, lambda missed=missed, at=each.end: life.miss(missed, at))]
    if looks:
        events += [(at, 2, lambda at=at: life.judge(at)) for at in history.looks if not history.is_down(at)]
    for _, _, happen in sorted([*events, (END, 3, lambda: life.judge(END))], key=lambda event: event[:2]):
        happen()
    return life.found


@settings(max_examples=300)
@given(histories())
def test_the_breaches_are_those_of_the_history(history: History) -> None:
    """Each once, since the same instant, judged at random moments or only where it must be."""
    expected = sorted(unfinished(history) | unsucceeded(history))
    assert expected == sorted(lived(history, looks=True))
    assert expected == sorted(lived(history, looks=False))
