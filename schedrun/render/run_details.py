"""One run with everything that is known of it: the value behind `runs show`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from schedrun.core.run.attempt import Attempt
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run


@dataclass(frozen=True, slots=True)
class RunDetails:
    """A run, its job's row, and its attempts that have ended, by number.

    `due` is the fire time and today's spread offset; `logs` the files, by attempt, that hold the whole output where the
    ledger does not; `down_since` is when the service was last heard of that ought to run now, None while there is one.
    """

    run: Run
    job: RecordedJob
    due: datetime
    attempts: Sequence[Attempt] = ()
    logs: Mapping[int, Path] | None = None
    down_since: datetime | None = None

    def log_of(self, attempt: int) -> Path | None:
        """Return the file with the whole output of an attempt, None where there is none."""
        return (self.logs or {}).get(attempt)
