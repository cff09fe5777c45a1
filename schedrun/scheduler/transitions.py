"""Units of work that change a job's row: first sight, edit, pause, resume, removal, return.

Each plans first what its kind of change must plan first, under the old spec, and then moves the cursor: an edit
never fires a job retroactively and never loses an occurrence that is already due.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from schedrun.core.errors import JobOwnedByManifestError
from schedrun.core.run import occurrences, pauses
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.run.span import Span
from schedrun.core.schedule import fires
from schedrun.core.spec import instant
from schedrun.core.spec.job import Job
from schedrun.core.spec.schedule import OnceSchedule
from schedrun.core.status import RunStatus, SpanStatus
from schedrun.protocols import Transaction
from schedrun.scheduler.planning import Planned, Planner

_TICK = timedelta(microseconds=1)


def first_sight(tx: Transaction, planner: Planner, job: RecordedJob, *, now: datetime) -> RecordedJob:
    """Insert a job that was never seen: nothing is planned, but a one-time instant in the past is missed, visibly."""
    row = replace(job, cursor=now - planner.fires(job).offset)
    tx.put_job(row)
    _miss_past_instant(tx, planner, row, "its instant had passed when the job was first seen")
    return row


def revive(tx: Transaction, planner: Planner, job: RecordedJob, *, now: datetime) -> RecordedJob:
    """Bring a removed job's row back, changed as `job` says: an instant that has its verdict never runs again."""
    row = replace(job, removed_at=None, held=None, cursor=max(job.cursor, now - planner.fires(job).offset))
    tx.put_job(row)
    _miss_past_instant(tx, planner, row, "its instant had passed when the job came back")
    return row


def reschedule(tx: Transaction, planner: Planner, before: RecordedJob, after: RecordedJob, *, now: datetime) -> Planned:
    """Give the job another schedule: what was due under the old one is planned, then the cursor is now."""
    planned = plan_first(tx, planner, before, now=now)
    row = replace(
        after,
        cursor=max(planned.job.cursor, now - planner.fires(after).offset),
        covered_until=planned.job.covered_until,
        override=planned.job.override,
    )
    tx.put_job(row)
    _miss_past_instant(tx, planner, row, "its instant had passed when the job was edited")
    return replace(planned, job=row)


def remove(tx: Transaction, planner: Planner, job: RecordedJob, *, now: datetime) -> Planned:
    """Plan what was due, cancel what waits, and leave a tombstone."""
    planned = plan_first(tx, planner, job, now=now)
    for run in tx.active_runs(job.uid):
        if run.status is RunStatus.QUEUED:
            gone = Outcome(error="its job was removed before it started")
            tx.finish_run(run.id, attempt=run.attempt, status=RunStatus.CANCELLED, at=now, outcome=gone)
    row = replace(planned.job, removed_at=now, held=None)
    tx.put_job(row)
    return replace(planned, job=row)


def pause(tx: Transaction, planner: Planner, job: RecordedJob, override: Override) -> Planned:
    """Lay a pause over the job: what was due is planned, then the cursor stays until the pause ends."""
    planned = plan_first(tx, planner, job, now=override.since)
    row = replace(planned.job, override=override)
    tx.put_job(row)
    return replace(planned, job=row)


def resume(tx: Transaction, planner: Planner, job: RecordedJob, *, now: datetime) -> RecordedJob:
    """Lift the override: what came due under it is skipped, and nothing of it is caught up.

    Raises JobOwnedByManifestError when the job's manifest pauses it.
    """
    declared = pauses.declared(job)
    if declared is not None and declared.holds(now):
        raise JobOwnedByManifestError(job.key, file=job.file or "", line=job.line or 0)
    row = replace(leave_pause(tx, planner, job, now=now), override=None)
    tx.put_job(row)
    return row


def leave_pause(tx: Transaction, planner: Planner, job: RecordedJob, *, now: datetime) -> RecordedJob:
    """Record what came due under the pause that holds at `now` as skipped; return the row with its cursor moved."""
    holding = pauses.holding(job, now)
    if holding is None:
        return job
    compiled = planner.fires(job)
    until = max(job.cursor, now - compiled.offset)
    for span in occurrences.skipped_by_pause(job, compiled, until=until, reason=holding.reason):
        tx.insert_span(span)
    return replace(job, cursor=until)


def plan_first(tx: Transaction, planner: Planner, job: RecordedJob, *, now: datetime) -> Planned:
    """Give what is due at `now` its verdict before the job changes; under a pause that is skipped, never run."""
    if pauses.holding(job, now) is None:
        return planner.plan_due(tx, job, now=now)
    row = leave_pause(tx, planner, job, now=now)
    if row.cursor != job.cursor:
        tx.move_cursor(row.uid, row.cursor)
    return Planned(row)


def _miss_past_instant(tx: Transaction, planner: Planner, row: RecordedJob, reason: str) -> None:
    """Give a one-time instant at or before the cursor that has no verdict one: missed."""
    if not isinstance(row.spec.schedule, OnceSchedule):
        return
    at = instant.resolve(row.spec.schedule.at, row.spec.timezone)
    inside_window = fires.next_fire(planner.fires(row), after=at - _TICK) == at
    if inside_window and at <= row.cursor and not tx.verdicts(row.uid, after=at - _TICK, until=at):
        tx.insert_span(Span(row.uid, at, at, 1, SpanStatus.MISSED, reason))


def schedule_of(spec: Job) -> tuple[object, str | None]:
    """Return what of a spec decides when the job fires; a difference in it is a schedule edit."""
    return spec.schedule, spec.timezone
