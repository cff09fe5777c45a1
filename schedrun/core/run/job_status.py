"""How a job stands, in one word and with its next fire."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schedrun.core.run import pauses, set_back
from schedrun.core.run.lateness import Late
from schedrun.core.run.occurrences import Verdicts
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires
from schedrun.core.status import JobStatus, RunStatus


@dataclass(frozen=True, slots=True)
class Standing:
    """A job's status, its next fire (the nominal instant plus the spread offset, aware UTC), its pause and lateness."""

    status: JobStatus
    next_fire: datetime | None
    paused: bool
    late: Late | None = None


def standing(
    job: RecordedJob,
    compiled: Fires,
    *,
    active: Sequence[Run],
    last: RunStatus | None,
    now: datetime,
    ahead: Verdicts = (),
    late: Late | None = None,
) -> Standing:
    """Return how `job` stands at `now`, given its active runs, the status of its last finished run and its lateness.

    The status is the first that holds of disabled, paused, running, failed, completed, else pending. A paused job's
    next fire is the first after its pause ends, None for a pause without an end.
    """
    pause = pauses.holding(job, now)
    upcoming = next_fire(job, compiled, now=now, ahead=ahead)
    return Standing(
        status=_status(job, paused=pause is not None, active=active, last=last, upcoming=upcoming),
        next_fire=upcoming,
        paused=pause is not None,
        late=late,
    )


def next_fire(job: RecordedJob, compiled: Fires, *, now: datetime, ahead: Verdicts = ()) -> datetime | None:
    """Return when the job fires next, its spread offset included; None when no fire is left or none is allowed.

    `ahead` are the stretches that ran before the clock was set back: nothing in them fires again.
    """
    if job.removed_at is not None:
        return None
    pause = pauses.holding(job, now)
    reference = now
    if pause is not None:
        if pause.until is None:
            return None
        reference = pause.until
    cursor = set_back.followed(job, compiled, now=now)
    nominal = fires.next_fire(compiled, after=max(cursor, reference - compiled.offset))
    for first, last in sorted(ahead):
        if nominal is not None and first <= nominal <= last:
            nominal = fires.next_fire(compiled, after=last)
    return None if nominal is None else nominal + compiled.offset


def is_due(job: RecordedJob, compiled: Fires, *, now: datetime) -> bool:
    """Whether a fire after the cursor has come due at `now`, or the cursor itself lies ahead of the clock."""
    if job.cursor > now:
        return True
    nominal = fires.next_fire(compiled, after=job.cursor)
    return nominal is not None and nominal + compiled.offset <= now


def _status(
    job: RecordedJob, *, paused: bool, active: Sequence[Run], last: RunStatus | None, upcoming: datetime | None
) -> JobStatus:
    if job.held is not None or job.removed_at is not None:
        return JobStatus.DISABLED
    if paused:
        return JobStatus.PAUSED
    if any(run.status is RunStatus.RUNNING or run.between_attempts for run in active):
        return JobStatus.RUNNING
    if last is not None and last.unsuccessful:
        return JobStatus.FAILED
    if upcoming is None and not active:
        return JobStatus.COMPLETED
    return JobStatus.PENDING
