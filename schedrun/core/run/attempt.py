"""An attempt: what one execution of a run did."""

from dataclasses import dataclass
from datetime import datetime

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
