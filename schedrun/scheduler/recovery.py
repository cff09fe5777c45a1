"""What a process does with the ledger when it becomes the active one."""

from datetime import datetime

from schedrun.core.run.outcome import Outcome
from schedrun.core.run.run import Run
from schedrun.core.status import RunStatus
from schedrun.protocols import Transaction

INTERRUPTED = "the service ended while this ran"


def recover(tx: Transaction, *, now: datetime) -> tuple[Run, ...]:
    """Mark every running run interrupted, once the lock says that nobody runs it; return them, oldest first.

    Queued runs stay queued.
    """
    cut = tuple(run for run in tx.active_runs() if run.status is RunStatus.RUNNING)
    for run in cut:
        tx.finish_run(
            run.id,
            attempt=run.attempt,
            status=RunStatus.INTERRUPTED,
            at=now,
            outcome=Outcome(error=INTERRUPTED),
        )
    return cut
