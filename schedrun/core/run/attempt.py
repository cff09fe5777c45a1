"""An attempt: what one execution of a run did."""

from dataclasses import dataclass
from datetime import datetime

from schedrun.core.run.run import Run
from schedrun.core.status import RunStatus


@dataclass(frozen=True, slots=True)
class Attempt:
    """How attempt `number` (from 1) of a run ended; all instants are aware UTC.

    `status` is final for the attempt, though the run may have gone on to another.
    """

    number: int
    status: RunStatus
    started_at: datetime
    finished_at: datetime
    exit_code: int | None = None
    error: str | None = None
    output: str | None = None


def last_of(run: Run) -> Attempt:
    """Return what the last attempt of a run did that was started and has ended."""
    assert run.started_at is not None  # it was started
    assert run.finished_at is not None  # and has ended
    return Attempt(run.attempt, run.status, run.started_at, run.finished_at, run.exit_code, run.error, run.output)
