"""How long a ledger remembers what became of occurrences."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Retention:
    """What is older than `keep_for`, or beyond the newest `keep_runs` runs or spans of a job, may be forgotten.

    None sets no bound. The service's own records (events, sessions, answered requests) are kept for `keep_for`.
    """

    keep_for: timedelta | None = timedelta(days=90)
    keep_runs: int | None = 10_000

    def before(self, now: datetime) -> datetime | None:
        """Return the instant before which everything is too old; None when nothing ever is."""
        if self.keep_for is None:
            return None
        try:
            return now - self.keep_for
        except OverflowError:  # longer than time itself
            return None


class Pruned(NamedTuple):
    """How much was forgotten, or would be: finished runs, spans, and the service's own records."""

    runs: int = 0
    spans: int = 0
    records: int = 0

    def plus(self, other: "Pruned") -> "Pruned":
        """Return both together."""
        return Pruned(self.runs + other.runs, self.spans + other.spans, self.records + other.records)

    @property
    def rows(self) -> int:
        """How many there are of all kinds together."""
        return sum(self)
