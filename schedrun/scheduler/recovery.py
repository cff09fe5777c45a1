"""What a process does with the ledger when it becomes the active one."""

from datetime import datetime

from schedrun.core.errors import StoreError
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.run import Run
from schedrun.core.status import RunStatus
from schedrun.protocols import Transaction
from schedrun.scheduler.planning import Planner

INTERRUPTED = "the service ended while this ran"


_CUT = Outcome(error=INTERRUPTED)


def recover(tx: Transaction, *, planner: Planner, now: datetime) -> tuple[Run, ...]:
    """Mark every running run interrupted, once the lock says that nobody runs it; return them, oldest first.

    Those that have attempts left are queued again and wait for their retry. Queued runs stay queued.
    """
    cut = tuple(run for run in tx.active_runs() if run.status is RunStatus.RUNNING)
    for run in cut:
        retry_at = _retry_at(tx, run, planner=planner, now=now)
        interrupted = RunStatus.INTERRUPTED
        tx.finish_run(run.id, attempt=run.attempt, status=interrupted, at=now, outcome=_CUT, retry_at=retry_at)
    return cut


def _retry_at(tx: Transaction, run: Run, *, planner: Planner, now: datetime) -> datetime | None:
    try:
        return planner.retry_at(tx, run, status=RunStatus.INTERRUPTED, outcome=_CUT, now=now)
    except StoreError:
        # The row's spec cannot be read, so nothing of the job runs; `unreadable` names it.
        return None
