"""Units of work that change a job's row: first sight, return, edit, pause, resume, removal.

Each gives first what is due its verdict, under the spec that the row still has, and then moves the cursor: an
edit never fires a job retroactively and never loses an occurrence that is already due.
"""

from datetime import datetime

from schedrun.core.errors import PausedByManifestError
from schedrun.core.run import pauses
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.schedule.fires import BEGINNING
from schedrun.core.status import RunStatus
from schedrun.protocols import Transaction
from schedrun.scheduler.planning import Planned, Planner
from schedrun.scheduler.settle import miss_passed_instant, settle, up_to_now


def first_sight(tx: Transaction, job: RecordedJob, *, planner: Planner, now: datetime) -> RecordedJob:
    """Insert a job that was never seen: its occurrences begin now, whatever cursor `job` has."""
    row = job._replace(cursor=BEGINNING)
    return _begin_anew(tx, row, planner=planner, occasion="the job was first seen", now=now)


def revive(tx: Transaction, job: RecordedJob, *, planner: Planner, now: datetime) -> RecordedJob:
    """Bring a removed job's row back, changed as `job` says: an instant that has its verdict never runs again."""
    row = job._replace(removed_at=None, held=None)
    if row.cursor > now:
        # The clock was set back while the job was gone; planning knows how a cursor follows it.
        row = planner.plan_due(tx, row, now=now).job
    return _begin_anew(tx, row, planner=planner, occasion="the job was declared again", now=now)


def amend(
    tx: Transaction, before: RecordedJob, *, after: RecordedJob, planner: Planner, rescheduled: bool, now: datetime
) -> Planned:
    """Replace the row `before` by `after`, except for cursor and override, which are those of the moment.

    When it is `rescheduled`, or its own pause differs, what was due is settled first. A new schedule's
    occurrences begin now, and so do those of a job that resumes.
    """
    planner.judging.judge(tx, before, now=now)
    repaused = before.spec.paused != after.spec.paused
    planned = settle(tx, before, planner=planner, now=now) if rescheduled or repaused else Planned(before)
    row = after._replace(
        cursor=planned.job.cursor,
        covered_until=planned.job.covered_until,
        override=planned.job.override,
    )
    resumes = pauses.holding(planned.job, now) is not None and pauses.holding(row, now) is None
    if rescheduled or (repaused and resumes):
        row = up_to_now(row, planner.fires(row), now=now)
    tx.put_job(row)
    if rescheduled:
        miss_passed_instant(tx, row, planner=planner, occasion="the schedule was edited", now=now)
    planner.judging.follow(tx, before, after=row, resumes=resumes, now=now)
    return planned._replace(job=row)


def remove(tx: Transaction, job: RecordedJob, *, planner: Planner, now: datetime) -> Planned:
    """Settle what was due, cancel what waits, and leave a tombstone."""
    planned = settle(tx, job, planner=planner, now=now, start_waiting=False)
    for run in tx.active_runs(job.uid):
        if run.status is RunStatus.QUEUED:
            planner.dropping.drop(tx, run, what="its job was removed", now=now)
    tombstone = planned.job._replace(held=None, removed_at=now)
    tx.put_job(tombstone)
    planner.judging.removed(tx, tombstone)
    # No cancels: they would end running work to make room for a run that has just been cancelled itself.
    return Planned(tombstone, planned.claims)


def pause(tx: Transaction, job: RecordedJob, *, planner: Planner, override: Override) -> Planned:
    """Lay a pause over the job: what was due is settled, then the cursor stays until the pause ends."""
    planned = settle(tx, job, planner=planner, now=override.since)
    row = planned.job._replace(override=override)
    tx.put_job(row)
    return planned._replace(job=row)


def resume(tx: Transaction, job: RecordedJob, *, planner: Planner, now: datetime) -> Planned:
    """Lift the override: what came due under it is skipped, and nothing of it is caught up; the same row without one.

    Raises PausedByManifestError when the job's manifest pauses it.
    """
    declared = pauses.declared(job)
    if declared is not None and declared.holds(now):
        raise PausedByManifestError(job.key, file=job.file or "", line=job.line or 0)
    if pauses.holding(job, now) is None:
        return Planned(job)
    planned = settle(tx, job, planner=planner, now=now)
    row = up_to_now(planned.job, planner.fires(planned.job), now=now)._replace(override=None)
    tx.put_job(row)
    planner.judging.resumed(tx, row, now=now)
    return planned._replace(job=row)


def _begin_anew(tx: Transaction, job: RecordedJob, *, planner: Planner, occasion: str, now: datetime) -> RecordedJob:
    """Write a row whose occurrences begin now; a one-time instant in the past is missed, visibly."""
    row = up_to_now(job, planner.fires(job), now=now)
    tx.put_job(row)
    miss_passed_instant(tx, row, planner=planner, occasion=occasion, now=now)
    planner.judging.judge(tx, row, now=now)
    return row
