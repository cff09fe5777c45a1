"""How far a run is: what tells that something happened to it, and no more."""

from typing import NamedTuple

from schedrun.core.run.run import Run
from schedrun.core.status import RunStatus


class RunState(NamedTuple):
    """A run's status and its last attempt, which is 0 before the first.

    Whatever happens to a run changes one of the two: it starts, waits for its next attempt, ends.
    """

    id: str
    job_uid: str
    status: RunStatus
    attempt: int

    def has_ended(self, attempt: int) -> bool:
        """Whether this attempt of the run was begun and goes on no longer."""
        return attempt < self.attempt or (attempt == self.attempt and self.status is not RunStatus.RUNNING)

    def may_come(self, attempt: int) -> bool:
        """Whether this attempt goes on or can still begin."""
        return self.status.active and (attempt > self.attempt or not self.has_ended(attempt))


def of(run: Run) -> RunState:
    """Return how far a run is."""
    return RunState(run.id, run.job_uid, run.status, run.attempt)
