"""One-time schedules."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Once:
    """The single instant `at` (aware UTC)."""

    at: datetime

    def next_fire(self, *, after: datetime) -> datetime | None:
        """Return the instant when it is later than `after` (aware), else None."""
        return self.at if self.at > after else None

    def count(self, *, after: datetime, until: datetime) -> int:
        """Return 1 when the instant lies in (after, until], else 0."""
        return int(after < self.at <= until)

    def latest(self, *, after: datetime, until: datetime, limit: int) -> list[datetime]:
        """Return the instant when it lies in (after, until] and `limit` is at least 1."""
        return [self.at] if limit > 0 and after < self.at <= until else []
