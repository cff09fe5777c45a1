"""Due times and active runs become runs, spans and a cursor: the one place where verdicts are decided."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, assert_never

from schedrun.core.ids import scheduled_run_id
from schedrun.core.run import overlap, pauses
from schedrun.core.run.overlap import Replace, Skip, Start, Wait
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.schedule import fires, misfire
from schedrun.core.schedule.fires import TICK, Fires, Stretch
from schedrun.core.schedule.misfire import Due
from schedrun.core.spec import duration
from schedrun.core.spec.policy import CatchUp
from schedrun.core.status import RunKind, RunStatus, SpanStatus

GRACE_WORDS = "its grace is "
"""What stands in the reason of a missed span before the grace that held when it was judged."""

NO_CATCH_UP_WORDS = "catch_up is none"
"""What stands there before that, where it was so."""

Verdicts = Sequence[tuple[datetime, datetime]]
"""Stretches of nominal instants, first and last inclusive, that have a verdict already."""


class Decision(NamedTuple):
    """What one planning of one job writes.

    `runs` are inserted as they are: those that may start at once are running with attempt 1. `start` are queued
    runs of earlier plannings that may start now, `cancel` active runs that must end to make room.
    """

    cursor: datetime
    runs: tuple[Run, ...] = ()
    spans: tuple[Span, ...] = ()
    start: tuple[Run, ...] = ()
    cancel: tuple[Run, ...] = ()
    covered_until: datetime | None = None
    override: Override | None = None


def decide(
    job: RecordedJob, compiled: Fires, *, now: datetime, active: Sequence[Run], verdicts: Verdicts = ()
) -> Decision | None:
    """Give every occurrence of `job` that is due at `now` its verdict; None when nothing is to be written.

    `active` are the job's queued and running runs, oldest first; `verdicts` what is covered already between the
    cursor and `job.covered_until`, needed only while that is set. Nothing is due while the cursor is ahead of the
    clock: `set_back` says how it follows.
    """
    cursor = job.cursor
    spans: tuple[Span, ...] = ()
    declared_pauses = pauses.of(job)
    if declared_pauses:
        if any(pause.holds(now) for pause in declared_pauses):
            # A pause holds fires back; what is queued has had its fire.
            waiting = _startable(job, active, now)
            if not waiting:
                return None
            return Decision(cursor, start=waiting, covered_until=job.covered_until, override=job.override)
        cursor, spans = _leave_pause(job, compiled, pauses.longest(declared_pauses), verdicts, now)
    due = misfire.due(compiled, cursor=cursor, now=now, misfire=job.spec.misfire)
    if due is None:
        waiting = _startable(job, active, now)
        if cursor == job.cursor and not waiting and job.override is None:
            return None
        return Decision(cursor, spans=spans, start=waiting, covered_until=job.covered_until)
    times = due.run if not verdicts else tuple(at for at in due.run if not _covered(at, verdicts))
    if due.missed is not None or due.superseded is not None:
        spans = (*spans, *_late_spans(job, compiled, due, verdicts, now))
    cursor, still_covered = due.run[-1] if due.run else _last_stretch(due), job.covered_until
    if still_covered is not None and still_covered <= cursor:
        still_covered = None
    start: tuple[Run, ...] = ()
    cancel: tuple[Run, ...] = ()
    if len(times) == 1 and not active:
        runs: tuple[Run, ...] = (_started_run(job, times[0], now),)  # nothing that a policy could judge
    elif len(times) == 1:
        runs, skipped, cancel = _admit_one(job, times[0], active=active, now=now)
        spans += skipped
        if not cancel:
            start = _startable(job, (*active, *runs), now)
    else:
        runs, start = _queue_together(job, times, active=active, now=now)
    return Decision(cursor, runs, spans, start, cancel, still_covered)


def _last_stretch(due: Due) -> datetime:
    """Return the newest instant of those that do not run: the superseded are newer than the missed."""
    stretch = due.superseded or due.missed
    assert stretch is not None  # something was due
    return stretch.last


def _late_spans(job: RecordedJob, compiled: Fires, due: Due, verdicts: Verdicts, now: datetime) -> Iterator[Span]:
    if due.missed is not None:
        reason = _missed_words(job, now)
        for part in _without(compiled, due.missed, verdicts):
            yield _span(job, part, SpanStatus.MISSED, reason, now)
    if due.superseded is not None:
        reason = _superseded_words(job, due)
        for part in _without(compiled, due.superseded, verdicts):
            yield _span(job, part, SpanStatus.SUPERSEDED, reason, now)


def _superseded_words(job: RecordedJob, due: Due) -> str:
    catch_up, limit = job.spec.misfire.catch_up, job.spec.misfire.catch_up_limit
    if catch_up is CatchUp.LATEST or not due.run:
        return "a later fire was caught up in its place"
    if catch_up is CatchUp.NONE:
        delay = duration.text_of(misfire.DISPATCH_DELAY)
        return f"of the fires less than {delay} late only the last{'' if limit == 1 else f' {limit}'} may run"
    return "only the last late fire is caught up" if limit == 1 else f"only the last {limit} late fires are caught up"


def _missed_words(job: RecordedJob, now: datetime) -> str:
    # The moment tells one downtime from another: their occurrences are spans of their own.
    policy = f"{NO_CATCH_UP_WORDS}, " if job.spec.misfire.catch_up is CatchUp.NONE else ""
    grace = duration.text_of(job.spec.misfire.grace)
    return f"nothing could start it before {now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}; {policy}{GRACE_WORDS}{grace}"


def _startable(job: RecordedJob, active: Sequence[Run], now: datetime) -> tuple[Run, ...]:
    if not active:
        return ()
    return overlap.startable(active, overlap=job.spec.overlap, max_instances=job.spec.max_instances, now=now)


def _leave_pause(
    job: RecordedJob, compiled: Fires, ended: pauses.EffectivePause | None, verdicts: Verdicts, now: datetime
) -> tuple[datetime, tuple[Span, ...]]:
    """Move over a pause that has run out: what follows its end is planned as downtime."""
    if ended is None or ended.until is None:
        return job.cursor, ()
    until = ended.until - compiled.offset
    if until <= job.cursor:
        return job.cursor, ()
    return until, skipped(job, compiled, until=until, reason=ended.reason, verdicts=verdicts, now=now)


def skipped(
    job: RecordedJob, compiled: Fires, *, until: datetime, reason: str, verdicts: Verdicts, now: datetime
) -> tuple[Span, ...]:
    """Return the spans that a pause makes of the fires in (cursor, until], around those that have a verdict already."""
    parts = _uncovered(compiled, after=job.cursor, until=until, verdicts=verdicts)
    return tuple(_span(job, part, SpanStatus.SKIPPED, reason, now) for part in parts)


def _admit_one(
    job: RecordedJob, at: datetime, *, active: Sequence[Run], now: datetime
) -> tuple[tuple[Run, ...], tuple[Span, ...], tuple[Run, ...]]:
    """Judge one fire by the overlap policy; return the run, or the span it leaves, and the runs that must end."""
    admission = overlap.admit(active, overlap=job.spec.overlap, max_instances=job.spec.max_instances)
    match admission:
        case Start():
            return (_started_run(job, at, now),), (), ()
        case Wait():
            return (_run(job, at, now),), (), ()
        case Skip(blocked_by=blocker):
            reason = f"run {blocker.id} was still {_still(blocker)}"
            return (), (Span(job.uid, at, at, 1, SpanStatus.SKIPPED, reason, now, blocker.id),), ()
        case Replace(victims=victims, at_once=at_once):
            return (_started_run(job, at, now) if at_once else _run(job, at, now),), (), victims
        case _:
            assert_never(admission)


def _still(blocker: Run) -> str:
    if blocker.between_attempts:
        return "waiting for its retry"
    return "waiting" if blocker.status is RunStatus.QUEUED else "active"


def _queue_together(
    job: RecordedJob, times: Sequence[datetime], *, active: Sequence[Run], now: datetime
) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Queue fires that are planned together: they wait for one another, `overlap` judges only what comes later.

    Return the new runs, begun where there is room, and the queued runs from before that may start now.
    """
    queued = tuple(_run(job, at, now) for at in times)
    may = _startable(job, (*active, *queued), now)
    begun = {run.id for run in may}
    new = {run.id for run in queued}
    runs = tuple(run.started(now) if run.id in begun else run for run in queued)
    return runs, tuple(run for run in may if run.id not in new)


def _run(job: RecordedJob, fire_time: datetime, now: datetime) -> Run:
    return Run(scheduled_run_id(job.uid, fire_time), job.uid, fire_time, RunKind.SCHEDULED, RunStatus.QUEUED, now)


def _started_run(job: RecordedJob, fire_time: datetime, now: datetime) -> Run:
    """Return what `_run(...).started(now)` would: by far the commonest run, made in one step."""
    run_id = scheduled_run_id(job.uid, fire_time)
    return Run(run_id, job.uid, fire_time, RunKind.SCHEDULED, RunStatus.RUNNING, now, 1, now)


def _covered(at: datetime, verdicts: Verdicts) -> bool:
    return any(first <= at <= last for first, last in verdicts)


def _span(job: RecordedJob, over: Stretch, status: SpanStatus, reason: str, now: datetime) -> Span:
    return Span(job.uid, over.first, over.last, over.count, status, reason, now)


def _without(compiled: Fires, stretch: Stretch, verdicts: Verdicts) -> Iterable[Stretch]:
    """Return what of the stretch has no verdict yet."""
    if not verdicts:
        return (stretch,)
    return _uncovered(compiled, after=stretch.first - TICK, until=stretch.last, verdicts=verdicts)


def _uncovered(compiled: Fires, *, after: datetime, until: datetime, verdicts: Verdicts) -> Iterator[Stretch]:
    """Yield the fires in (after, until] that have no verdict yet, as stretches between those that have one."""
    begin = after
    touching = sorted((first, last) for first, last in verdicts if last > after and first <= until)
    for first, last in (*touching, (until + TICK, until)):
        if part := fires.stretch(compiled, after=begin, until=first - TICK):
            yield part
        begin = max(begin, last)
