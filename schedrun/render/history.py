"""What happened, with the names of jobs instead of uids: the value behind the tables and JSON of runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schedrun.core.ids import JobKey
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span


@dataclass(frozen=True, slots=True)
class History:
    """Runs and spans in the order given, and the key of each job (by uid) that they belong to.

    `down_since` is when the service was last heard of that ought to run now, None while there is one.
    """

    runs: Sequence[Run]
    spans: Sequence[Span]
    keys: Mapping[str, JobKey]
    down_since: datetime | None = None

    def job_of(self, record: Run | Span) -> JobKey:
        """Return the key of the job that the run or span belongs to."""
        return self.keys[record.job_uid]
