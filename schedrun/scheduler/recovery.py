"""What a process does with the ledger when it becomes the active one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from schedrun.core.errors import StoreError
from schedrun.core.ids import JobKey
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.run import Run
from schedrun.core.status import RunStatus
from schedrun.protocols import Reader, Transaction
from schedrun.scheduler.planning import Planner

INTERRUPTED = "the service ended while this ran"
"""The error of a run that was cut off."""

KILL_AFTER_SECONDS = 10.0
"""How long the processes of a job whose spec cannot be read may take to go."""

_CUT = Outcome(error=INTERRUPTED)


class Attended(NamedTuple):
    """A run that an earlier service attended to, its job's key, and how many seconds its processes may take to go."""

    run: Run
    job: JobKey
    kill_after: float


def recover(tx: Transaction, *, planner: Planner, now: datetime) -> tuple[Run, ...]:
    """Mark every running run interrupted, once the lock says that nobody runs it; return them, oldest first.

    Those that have attempts left are queued again and wait for their retry; those that had been asked to end are
    cancelled. Queued runs stay queued.
    """
    planner.judging.watched.update(tx.expecting())
    cut = tuple(run for run in tx.active_runs() if run.status is RunStatus.RUNNING)
    for run in cut:
        if run.error is not None:
            asked = Outcome(error=f"{run.error}; {INTERRUPTED}")
            tx.finish_run(run.id, attempt=run.attempt, status=RunStatus.CANCELLED, at=now, outcome=asked)
            continue
        retry_at = _retry_at(tx, run, planner=planner, now=now)
        interrupted = RunStatus.INTERRUPTED
        tx.finish_run(run.id, attempt=run.attempt, status=interrupted, at=now, outcome=_CUT, retry_at=retry_at)
        if retry_at is None:
            planner.telling.of_cut(tx, run, now=now)
    return cut


def attended_before(reader: Reader, *, run_ids: Iterable[str]) -> Sequence[Attended]:
    """Return those of `run_ids` that this ledger knows; others are other services' business."""
    known = [run for run in map(reader.run, run_ids) if run is not None]
    keys = reader.keys({run.job_uid for run in known})
    return [Attended(run, keys[run.job_uid], _kill_after(reader, run.job_uid)) for run in known]


def _kill_after(reader: Reader, job_uid: str) -> float:
    try:
        job = reader.job(job_uid)
    except StoreError:
        job = None  # its spec cannot be read; `unreadable` names it
    return KILL_AFTER_SECONDS if job is None else job.spec.kill_after.total_seconds()


def _retry_at(tx: Transaction, run: Run, *, planner: Planner, now: datetime) -> datetime | None:
    try:
        return planner.retry_at(tx, run, status=RunStatus.INTERRUPTED, outcome=_CUT, now=now)
    except StoreError:
        # The row's spec cannot be read, so nothing of the job runs; `unreadable` names it.
        return None
