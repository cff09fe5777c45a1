"""What overviews ask of the ledger: many runs at a glance, none of them with its output."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from schedrun.core.run.mark import Mark, Tally
from schedrun.core.run.run import Run


class Glances(Protocol):
    """The part of a `Reader` that overviews ask."""

    def marks(self, job_uids: Iterable[str], *, limit: int) -> Mapping[str, Sequence[Mark]]:
        """Return the newest `limit` runs of each job, newest first (by fire_time); jobs without runs are left out."""

    def tallies(self, *, first: datetime, steps: int, step: timedelta) -> Sequence[Tally]:
        """Return how many runs, by status, have their fire time in each of `steps` steps from `first` on.

        Ordered by start; what has no run is left out.
        """

    def spans_within(self, *, first: datetime, last: datetime, limit: int) -> Sequence[tuple[datetime, datetime]]:
        """Return (first, last) of the newest `limit` spans of all jobs whose last occurrence lies in [first, last]."""

    def sets(self) -> Mapping[str | None, int]:
        """Return how many live rows each job set has, by name, unreadable ones included; None stands for no set."""

    def failing(self, *, limit: int) -> Sequence[Run]:
        """Return the last finished runs of live jobs that ended without success, the latest end first, at most `limit`.

        They come without output; runs that were forgotten are left out.
        """
