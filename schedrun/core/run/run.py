"""A run: one occurrence, or one manual request, that was started or waits to be."""

from datetime import datetime
from typing import NamedTuple

from schedrun.core.status import RunKind, RunStatus


class Run(NamedTuple):
    """One row whatever its attempts; all instants are aware UTC.

    `fire_time` is the nominal instant (before spread); for a manual run, the moment of the request.
    `attempt` is the last one, counted from 1; 0 while the run was never started. `retry_at` is set while the run
    waits in `queued` for its next attempt: it starts no earlier.
    """

    id: str
    job_uid: str
    fire_time: datetime
    kind: RunKind
    status: RunStatus
    queued_at: datetime
    attempt: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None
    exit_code: int | None = None
    error: str | None = None
    output: str | None = None
    retry_at: datetime | None = None

    @property
    def between_attempts(self) -> bool:
        """Whether an attempt has ended and the next is still to come: the run keeps its place among the active."""
        return self.status is RunStatus.QUEUED and self.attempt > 0

    def dropped_because(self, what: str) -> str:
        """Return why a queued run ends without its next attempt, given `what` was done about it."""
        return f"{what} before {'its next attempt' if self.between_attempts else 'it started'}"

    def started(self, at: datetime) -> "Run":
        """Return the run with its next attempt begun at `at`."""
        # Spelt out because every run starts, and `_replace` costs twice this.
        return Run(
            self.id, self.job_uid, self.fire_time, self.kind, RunStatus.RUNNING, self.queued_at, self.attempt + 1, at
        )
