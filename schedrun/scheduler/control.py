"""What people ask of jobs and runs: pause, resume, remove, run now, cancel; of a live scheduler, or of rows alone."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar

from schedrun.core.errors import (
    JobNotFoundError,
    JobOwnedByManifestError,
    RunEndedError,
    RunLostError,
    RunNotFoundError,
)
from schedrun.core.ids import JobKey
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.status import Origin, RunStatus
from schedrun.protocols import Clock, Transaction
from schedrun.scheduler import transitions
from schedrun.scheduler.planning import Planned, Planner
from schedrun.scheduler.rows import Live, despite_cancel

T = TypeVar("T")

_LOOKS_AFTER_AN_END = 3
"""How often a run is looked for that the ledger calls running and nobody executes; its end is being written then."""


class Resumed(NamedTuple):
    """The row as it is now, and whether there was a pause to lift."""

    job: RecordedJob
    lifted: bool


class Cancelled(NamedTuple):
    """A run that is cancelled or, where it runs, asked to end; and its job's row."""

    run: Run
    job: RecordedJob


async def pause(live: Live, key: JobKey, *, override: Override) -> RecordedJob:
    """Lay a pause over the job and return its row. Raises JobNotFoundError."""

    def unit(tx: Transaction) -> tuple[RecordedJob, Planned]:
        planned = transitions.pause(tx, _existing(tx, key), planner=live.planner, override=override)
        return planned.job, planned

    job = await _carry_out(live, unit)
    await live.arm([job])
    return job


async def resume(live: Live, key: JobKey, *, now: datetime) -> Resumed:
    """Lift the pause that was laid over the job, if there is one.

    Raises JobNotFoundError, and PausedByManifestError when the job's manifest pauses it.
    """

    def unit(tx: Transaction) -> tuple[Resumed, Planned]:
        before = _existing(tx, key)
        planned = transitions.resume(tx, before, planner=live.planner, now=now)
        return Resumed(planned.job, planned.job is not before), planned

    resumed = await _carry_out(live, unit)
    await live.arm([resumed.job])
    return resumed


async def remove(live: Live, key: JobKey, *, now: datetime) -> None:
    """Remove a code job. Raises JobNotFoundError, and JobOwnedByManifestError for a manifest's."""

    def unit(tx: Transaction) -> tuple[RecordedJob, Planned]:
        job = _existing(tx, key)
        if job.origin is Origin.MANIFEST:
            raise JobOwnedByManifestError(key, file=job.file or "", line=job.line or 0)
        planned = transitions.remove(tx, job, planner=live.planner, now=now)
        return planned.job, planned

    removed = await _carry_out(live, unit)
    await live.disarm([removed.uid])


async def trigger(live: Live, key: JobKey, *, request_id: str, now: datetime) -> Run:
    """Run the job beside its schedule, paused or not, and return the run; the same request gives the same run.

    Raises JobNotFoundError, and JobBusyError, naming the active run, when the overlap policy forbids another.
    """

    def unit(tx: Transaction) -> tuple[Run, Planned]:
        return live.planner.plan_manual(tx, _existing(tx, key), request_id=request_id, now=now)

    await live.verdicts_written()
    return await _carry_out(live, unit)


async def cancel(live: Live, run_id: str, *, by: str, clock: Clock) -> Cancelled:
    """Cancel a run: one that waits has ended then, one that runs is asked to end and goes on until it has.

    Raises RunNotFoundError, and RunEndedError, with its status, for a run that has ended.
    """
    for _ in range(_LOOKS_AFTER_AN_END):
        # The verdict of a run that has just ended may be on its way: without it, it would seem to run.
        await live.verdicts_written()
        unit = partial(_cancel, planner=live.planner, run_id=run_id, by=by, now=clock.now())
        cancelled = await _carry_out(live, unit)
        if live.cancel(run_id, by=by) or cancelled.run.status is not RunStatus.RUNNING:
            return cancelled
    raise RunLostError(run_id)


def _existing(tx: Transaction, key: JobKey) -> RecordedJob:
    job = tx.job_by_key(key)
    if job is None or job.removed_at is not None:
        raise JobNotFoundError(key)
    return job


async def _carry_out(live: Live, unit: Callable[[Transaction], tuple[T, Planned]]) -> T:
    """Write the unit, start and cancel what it says, and return its result."""

    async def write() -> T:
        async with live.turn:
            result, planned = await live.store.write(unit)
            live.submit(planned.claims, planned.cancel)
        return result

    return await despite_cancel(write(), name="control")


def _cancel(tx: Transaction, *, planner: Planner, run_id: str, by: str, now: datetime) -> tuple[Cancelled, Planned]:
    run = tx.run(run_id)
    job = None if run is None else tx.job(run.job_uid)
    if run is None or job is None:
        raise RunNotFoundError(run_id)
    match run.status:
        case RunStatus.RUNNING:
            # On record before it is answered: a crash while the run ends must not make it again.
            tx.ask_to_end(run_id, reason=f"cancelled by {by}")
            return Cancelled(run, job), Planned(job)
        case RunStatus.QUEUED:
            reason = planner.dropping.drop(tx, run, what=f"cancelled by {by}", now=now)
            ended = run._replace(status=RunStatus.CANCELLED, finished_at=now, error=reason, retry_at=None)
            # Between its attempts it held a place.
            return Cancelled(ended, job), Planned(job, planner.claim_waiting(tx, job.uid, now=now))
        case _:
            raise RunEndedError(run_id, status=run.status)
