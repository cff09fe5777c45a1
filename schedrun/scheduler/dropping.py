"""Runs that end while they wait, within the unit of work that ends them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from schedrun.core.run.run import Run
from schedrun.protocols import Transaction


@dataclass(slots=True)
class Dropping:
    """Cancels runs that wait.

    `on_dropped(run)` hints that one was cancelled of which attempts were made: it is called within the unit of work, on
    its thread, so it holds only after the commit.
    """

    on_dropped: Callable[[Run], None] = lambda _run: None

    def drop(self, tx: Transaction, run: Run, *, what: str, now: datetime) -> str:
        """End a queued run, given `what` was done about it; return the reason that the ledger has."""
        reason = run.dropped_because(what)
        if tx.drop_run(run.id, at=now, reason=reason) and run.between_attempts:
            self.on_dropped(run)
        return reason
