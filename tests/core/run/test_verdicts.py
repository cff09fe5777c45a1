"""Over any history of the clock every occurrence gets exactly one verdict."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.run import occurrences, set_back
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.schedule import fires
from schedrun.core.status import RunStatus
from tests.core.run.recorded_jobs import NOON, a_job, compiled, override

STEPS = st.lists(
    st.one_of(
        st.integers(0, 90),  # time passes
        st.integers(300, 5_000),  # downtime
        st.integers(-4_000, -2),  # the clock is set back
    ),
    min_size=1,
    max_size=25,
)
PAUSES = st.dictionaries(st.integers(0, 24), st.integers(1, 1_000), max_size=3)


class History:
    """One job planned again and again: what was recorded, and what is active."""

    def __init__(self, job: RecordedJob) -> None:
        self.job, self.compiled = job, compiled(job)
        self.runs: list[Run] = []
        self.spans: list[Span] = []
        self.active: list[Run] = []
        self.farthest = job.cursor

    def plan(self, now: datetime) -> None:
        self._follow(now)
        decision = occurrences.decide(self.job, self.compiled, now=now, active=self.active, verdicts=self._verdicts())
        if decision is None:
            return
        self.runs += decision.runs
        self.spans += decision.spans
        gone = {run.id for run in (*decision.cancel, *decision.start)}
        self.active = [run for run in self.active if run.id not in gone]
        self.active += [run.started(now) for run in decision.start]
        self.active += decision.runs
        self.job = self.job._replace(
            cursor=decision.cursor,
            covered_until=decision.covered_until,
            override=decision.override,
        )
        self.farthest = max(self.farthest, decision.cursor)

    def _follow(self, now: datetime) -> None:
        """Do as the planner does where the clock was set back."""
        reach = set_back.reach(self.job, now=now)
        if reach is None:
            return
        after = set_back.come(self.job, self.compiled, now=now)
        for span in [span for span in self.spans if span.last > after]:
            self.spans.remove(span)
            cut = set_back.cut(span, self.compiled, after=after, now=now)
            self.spans += [] if cut.kept is None else [cut.kept]
        cursor = set_back.followed(self.job, self.compiled, now=now)
        self.job = self.job._replace(cursor=cursor, covered_until=reach)

    def end_one(self) -> None:
        """Let the oldest running run end."""
        running = next((run for run in self.active if run.status is RunStatus.RUNNING), None)
        if running is not None:
            self.active.remove(running)

    def verdicts_of(self, instant: datetime) -> int:
        return sum(run.fire_time == instant for run in self.runs) + sum(
            span.first <= instant <= span.last for span in self.spans
        )

    def _verdicts(self) -> list[tuple[datetime, datetime]]:
        until = self.job.covered_until
        if until is None:
            return []
        every = [(run.fire_time, run.fire_time) for run in self.runs]
        every += [(span.first, span.last) for span in self.spans]
        return sorted((first, last) for first, last in every if last > self.job.cursor and first <= until)


@given(
    steps=STEPS,
    paused_at=PAUSES,
    policy=st.sampled_from(["forbid", "queue", "replace", "allow"]),
    catch_up=st.sampled_from(["none", "latest", "all"]),
    limit=st.integers(1, 5),
    spread=st.sampled_from(["0s", "5m"]),
    schedule=st.sampled_from([{"every": "1m"}, {"cron": "*/7 * * * *"}, {"at": "2026-06-01T12:40:00Z"}]),
)
def test_each_occurrence_has_one_verdict(
    steps: list[int],
    paused_at: dict[int, int],
    policy: str,
    catch_up: str,
    limit: int,
    spread: str,
    schedule: dict[str, str],
) -> None:
    """However the clock jumps and whatever pauses: never none behind the cursor, never two, and no run id twice."""
    misfire = {"catch_up": catch_up, "catch_up_limit": limit, "grace": "30m"}
    history = History(a_job(schedule={**schedule, "spread": spread}, overlap=policy, misfire=misfire))
    now = NOON
    for turn, step in enumerate(steps):
        now += timedelta(seconds=step)
        history.plan(now)
        if turn % 2:
            history.end_one()
        if turn in paused_at and history.job.override is None:
            history.job = history.job._replace(override=override(until=now + timedelta(seconds=paused_at[turn])))
    assert [] == [span for span in history.spans if span.last > max(now, history.job.cursor)]
    history.job = history.job._replace(override=None)
    history.plan(max(now, history.farthest + history.compiled.offset))
    known = [run.id for run in history.runs]
    assert len(set(known)) == len(known)
    behind = fires.latest(history.compiled, after=NOON, until=history.farthest, limit=5_000)
    assert dict.fromkeys(behind, 1) == {instant: history.verdicts_of(instant) for instant in behind}
    # Before the job was first seen nothing has a verdict, unless the clock went back there and came by again.
    before = fires.latest(history.compiled, after=NOON - timedelta(days=2), until=NOON, limit=5_000)
    assert max(map(history.verdicts_of, before), default=0) <= 1
    tick = timedelta.resolution
    for span in history.spans:
        assert span.count == fires.count(history.compiled, after=span.first - tick, until=span.last)
