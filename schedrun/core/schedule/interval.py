"""Intervals: elapsed time on a grid that neither restarts nor clock changes move."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The anchor of a grid that says none."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The instants `anchor + k * every` for every whole k, negative ones too."""

    every: timedelta
    anchor: datetime = EPOCH

    def next_fire(self, *, after: datetime) -> datetime | None:
        """Return the first instant strictly after `after` (aware); None when the calendar ends before it."""
        try:
            return self.anchor + (self._index(after) + 1) * self.every
        except OverflowError:
            return None

    def count(self, *, after: datetime, until: datetime) -> int:
        """Return how many instants lie in (after, until], both aware."""
        return max(0, self._index(until) - self._index(after))

    def latest(self, *, after: datetime, until: datetime, limit: int) -> list[datetime]:
        """Return the newest `limit` instants in (after, until], both aware; ascending."""
        last = self._index(until)
        first = max(self._index(after), last - limit) + 1
        return [self.anchor + index * self.every for index in range(first, last + 1)]

    def _index(self, instant: datetime) -> int:
        return (instant - self.anchor) // self.every
