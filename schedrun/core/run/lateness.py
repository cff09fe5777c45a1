"""Expectations on time: what a job must have done by when, and since when it has not.

What is kept of a job tells enough by itself: history that is forgotten changes no judgement. Whoever plans, ends a run
or changes the row judges first, so that the judgement of a deadline that passed is the same whenever it is made.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from schedrun.core.run import pauses
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.schedule import fires
from schedrun.core.schedule.cron import Cron
from schedrun.core.schedule.fires import TICK, Fires
from schedrun.core.spec import crontab, time_of_day
from schedrun.core.spec.job import Job
from schedrun.core.spec.zone import zone_of
from schedrun.core.status import RunKind, SpanStatus

STEP = timedelta(minutes=1)
"""A clock that is set back by no more than this is followed by no judgement: nothing is judged twice for it."""

_LONGEST_DAY = timedelta(days=3)
"""More than lies between two showings of one time of day, where a zone skips a whole day too."""

_LAST = datetime(9999, 1, 1, tzinfo=UTC)


class Expectation(StrEnum):
    """An expectation on time, by the field of a job that declares it."""

    MUST_FINISH_BY = "must_finish_by"
    MUST_SUCCEED_WITHIN = "must_succeed_within"


class Late(NamedTuple):
    """An expectation that does not hold, and since when (aware UTC)."""

    expectation: Expectation
    since: datetime


@dataclass(frozen=True, slots=True)
class Lateness:
    """What is kept of a job that declares expectations on time; instants are aware UTC.

    `finish_by` (the time and its zone) and `within` are what was judged last; `judged_until` is the last deadline that
    was judged, or when judging began. `counted_from` is the latest of first sight, edit of the field, end of a pause
    and success: what `within` counts from. `newest` is the nominal instant of the newest occurrence that was planned
    and not paused, `newest_succeeded` whether it, or a run that was asked for after it, has succeeded. The last two say
    since when an expectation does not hold.
    """

    job_uid: str
    finish_by: str | None
    within: timedelta | None
    judged_until: datetime
    counted_from: datetime
    newest: datetime | None = None
    newest_succeeded: bool = False
    unfinished_since: datetime | None = None
    unsucceeded_since: datetime | None = None

    def with_newest(self, newest: "Newest") -> "Lateness":
        """Return the same, but for the newest occurrence."""
        return replace(self, newest=newest.fire_time, newest_succeeded=newest.succeeded)


class Judged(NamedTuple):
    """What is to be kept from now on, the very same value where nothing changes; and what was found to be late."""

    kept: Lateness
    breaches: tuple[Late, ...] = ()


class Newest(NamedTuple):
    """The newest occurrence of a job that was planned and not paused: its nominal instant, and whether it succeeded."""

    fire_time: datetime
    succeeded: bool


def expects(spec: Job) -> bool:
    """Whether the job declares an expectation on time."""
    return spec.must_finish_by is not None or spec.must_succeed_within is not None


def late(kept: Lateness | None) -> Late | None:
    """Return the expectation that has not held for longest, None where all hold."""
    if kept is None:
        return None
    found = [
        Late(expectation, since)
        for expectation, since in (
            (Expectation.MUST_FINISH_BY, kept.unfinished_since),
            (Expectation.MUST_SUCCEED_WITHIN, kept.unsucceeded_since),
        )
        if since is not None
    ]
    return min(found, key=lambda each: each.since, default=None)


def begun(job: RecordedJob, *, newest: Newest | None, now: datetime) -> Lateness:
    """Return what is kept of a job that begins to expect something at `now`, given its newest occurrence so far."""
    kept = Lateness(job.uid, _finish_by(job.spec), job.spec.must_succeed_within, now, now)
    return kept if newest is None else kept.with_newest(newest)


def followed(kept: Lateness, spec: Job, *, now: datetime) -> Lateness:
    """Begin anew what another expectation than the one before was edited to, at `now`; the other one goes on."""
    if kept.finish_by != (wanted := _finish_by(spec)):
        kept = replace(kept, finish_by=wanted, judged_until=now, unfinished_since=None)
    if kept.within != spec.must_succeed_within:
        kept = replace(kept, within=spec.must_succeed_within, counted_from=now, unsucceeded_since=None)
    return kept


def planned(kept: Lateness, *, runs: Iterable[Run], spans: Iterable[Span]) -> Lateness:
    """Note what was planned: judge first. What a pause skipped is no occurrence that anything is expected of."""
    times = [run.fire_time for run in runs if run.kind is RunKind.SCHEDULED]
    times += [span.last for span in spans if not _is_paused(span)]
    return kept if not times else replace(kept, newest=max(times), newest_succeeded=False)


def succeeded(kept: Lateness, run: Run, *, at: datetime) -> Lateness:
    """Note that a run of the job succeeded at `at`: nothing is late any more. Judge first what was before `at`."""
    return replace(
        kept,
        counted_from=max(kept.counted_from, at),
        newest_succeeded=kept.newest_succeeded or (kept.newest is not None and run.fire_time >= kept.newest),
        unfinished_since=None,
        unsucceeded_since=None,
    )


def resumed(kept: Lateness, *, at: datetime) -> Lateness:
    """Note that a pause of the job was ended at `at`."""
    return replace(kept, counted_from=max(kept.counted_from, at))


def judge(job: RecordedJob, compiled: Fires, kept: Lateness, *, completed: bool, now: datetime) -> Judged:
    """Judge everything that was to be done by `now` and was not judged yet, each once.

    `compiled` are the job's fires; `completed` says that none is left and no run goes on. What is late already goes on
    being so until the next success, and no breach follows from it.
    """
    kept = _counted_over_pauses(job, _with_clock_set_back(kept, now), now)
    kept, by_deadline = _judge_deadlines(job, compiled, kept, now=now)
    kept, by_elapsed = _judge_elapsed(job, kept, completed=completed, now=now)
    return Judged(kept, (*by_deadline, *by_elapsed))


def elapsed_at(kept: Lateness) -> datetime | None:
    """Return when the job will have been without a success for too long; None where it may, or is late already."""
    if kept.within is None or kept.unsucceeded_since is not None or kept.within >= _LAST - kept.counted_from:
        return None
    return kept.counted_from + kept.within


def next_look(job: RecordedJob, kept: Lateness, *, completed: bool, now: datetime) -> datetime | None:
    """Return when to judge again if nothing happens to the job until then; None where only that could change it."""
    looks: list[datetime] = []
    if job.spec.must_finish_by is not None and kept.unfinished_since is None:
        deadline = _next_deadline(job.spec, kept.judged_until)
        looks += [] if deadline is None else [deadline]
    elapsed = elapsed_at(kept)
    if elapsed is not None and not completed:
        pause = pauses.holding(job, now)
        if pause is None:
            looks.append(elapsed)
        elif pause.until is not None:
            looks.append(pause.until)
    return min(looks, default=None)


def _judge_deadlines(
    job: RecordedJob, compiled: Fires, kept: Lateness, *, now: datetime
) -> tuple[Lateness, tuple[Late, ...]]:
    if job.spec.must_finish_by is None:
        return kept, ()
    last, deadline = kept.judged_until, _next_deadline(job.spec, kept.judged_until)
    if deadline is None or deadline > now:
        return kept, ()
    deadlines = _deadlines(job.spec)
    while deadline is not None and deadline <= now and kept.unfinished_since is None:
        if not _has_finished(job, compiled, kept, deadline=deadline, now=now):
            breach = Late(Expectation.MUST_FINISH_BY, deadline)
            kept = replace(kept, unfinished_since=deadline)
            return _judged_until_now(kept, deadlines, last=deadline, now=now), (breach,)
        last, deadline = deadline, deadlines.next_fire(after=deadline)
    return _judged_until_now(kept, deadlines, last=last, now=now), ()


def _judged_until_now(kept: Lateness, deadlines: Cron, *, last: datetime, now: datetime) -> Lateness:
    """Return the same with every deadline judged that has passed, of which `last` is one or the last that was."""
    passed = deadlines.latest(after=last, until=now, limit=1) if last < now else []
    reached = passed[0] if passed else last
    return kept if reached == kept.judged_until else replace(kept, judged_until=reached)


def _has_finished(job: RecordedJob, compiled: Fires, kept: Lateness, *, deadline: datetime, now: datetime) -> bool:
    """Whether the newest occurrence between the last deadline and this one, if there was any, had succeeded by it."""
    before = _deadlines(job.spec).latest(after=deadline - _LONGEST_DAY, until=deadline - TICK, limit=1)
    opens = before[0] if before else deadline - _LONGEST_DAY
    if pauses.holding(job, now) is None:
        after = max(_planned_until(job, compiled), opens - compiled.offset - TICK)
        unplanned = fires.next_fire(compiled, after=after)
        if unplanned is not None and unplanned + compiled.offset < deadline:
            return False  # nothing that was not even planned has succeeded
    if kept.newest is None or not opens <= kept.newest + compiled.offset < deadline:
        return True
    return kept.newest_succeeded


def _planned_until(job: RecordedJob, compiled: Fires) -> datetime:
    """Return the nominal instant up to which every fire has its verdict, or gets that of a pause that has ended."""
    until = max(job.cursor, job.covered_until or job.cursor)
    ended = pauses.longest(pauses.of(job))
    return until if ended is None or ended.until is None else max(until, ended.until - compiled.offset)


def _judge_elapsed(
    job: RecordedJob, kept: Lateness, *, completed: bool, now: datetime
) -> tuple[Lateness, tuple[Late, ...]]:
    since = elapsed_at(kept)
    if since is None or since > now or completed or pauses.holding(job, now) is not None:
        return kept, ()
    return replace(kept, unsucceeded_since=since), (Late(Expectation.MUST_SUCCEED_WITHIN, since),)


def _counted_over_pauses(job: RecordedJob, kept: Lateness, now: datetime) -> Lateness:
    """Count from the end of a pause that ran out by itself."""
    if kept.within is None or pauses.holding(job, now) is not None:
        return kept
    ended = pauses.longest(pauses.of(job))
    if ended is None or ended.until is None or ended.until <= kept.counted_from:
        return kept
    return replace(kept, counted_from=ended.until)


def _with_clock_set_back(kept: Lateness, now: datetime) -> Lateness:
    """Take back what only a clock that has been set back since had judged: it is judged when its time comes."""
    ahead = now + STEP
    if kept.judged_until > ahead:
        kept = replace(kept, judged_until=now)
    if kept.counted_from > ahead:
        kept = replace(kept, counted_from=now)
    if kept.newest is not None and kept.newest > ahead:
        kept = replace(kept, newest=None, newest_succeeded=False)
    if kept.unfinished_since is not None and kept.unfinished_since > ahead:
        kept = replace(kept, unfinished_since=None)
    if kept.unsucceeded_since is not None and kept.unsucceeded_since > ahead:
        kept = replace(kept, unsucceeded_since=None)
    return kept


def _is_paused(span: Span) -> bool:
    return span.status is SpanStatus.SKIPPED and span.blocked_by is None


def _finish_by(spec: Job) -> str | None:
    return None if spec.must_finish_by is None else f"{spec.must_finish_by} {spec.timezone or 'UTC'}"


def _deadlines(spec: Job) -> Cron:
    assert spec.must_finish_by is not None  # asked for jobs that have it
    return _daily(spec.must_finish_by, spec.timezone or "UTC")


def _next_deadline(spec: Job, after: datetime) -> datetime | None:
    assert spec.must_finish_by is not None  # asked for jobs that have it
    return _next_daily(spec.must_finish_by, spec.timezone or "UTC", after)


@lru_cache(maxsize=4096)
def _next_daily(text: str, zone: str, after: datetime) -> datetime | None:
    # Kept because a job is judged at every fire and every end, and all day long this is what is asked then.
    return _daily(text, zone).next_fire(after=after)


@lru_cache(maxsize=4096)
def _daily(text: str, zone: str) -> Cron:
    """Return the deadlines as the fires of a fixed job, clock changes included."""
    at = time_of_day.read(text)
    return Cron(crontab.parse(f"{at.minute} {at.hour} * * *"), zone_of(zone))
