"""Questions by which somebody follows what changes in the ledger, at a cost that its size does not matter to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from schedrun.core.ids import JobKey
from schedrun.core.run.attempt import Attempt
from schedrun.core.run.page import Ordered
from schedrun.core.run.state import RunState


class ChangesReader(Protocol):
    """The part of a `Reader` that tells what is new.

    Ordinals are numbers that only the ledger gives meaning to: what is recorded later has a larger one.
    """

    def run_states(self, run_ids: Iterable[str]) -> Sequence[RunState]:
        """Return how far these runs are; unknown ones are left out."""

    def active_states(self, *, limit: int) -> Sequence[RunState]:
        """Return how far the queued and running runs are, at most `limit` of them, in no order."""

    def run_states_from(self, ordinal: int, *, limit: int) -> Sequence[Ordered[RunState]]:
        """Return the first `limit` runs recorded at or behind `ordinal`, in the order of their recording.

        Ordinals begin at 1. A run keeps its own until it is forgotten, then a later one may get it.
        """

    def last_run_state(self) -> Ordered[RunState] | None:
        """Return the run that was recorded last, None when there is none."""

    def jobs_changed(self, *, after: int, limit: int) -> Sequence[Ordered[JobKey]]:
        """Return the first `limit` jobs that changed behind the ordinal `after`, by their last change.

        A job changes with its row, unless that only moved its cursor or `covered_until`; when it is removed; and when
        it becomes late, or is no more, or since another time.
        """

    def last_job_change(self) -> int:
        """Return the ordinal of the last change of a job, 0 before the first."""

    def synced_at(self) -> datetime | None:
        """Return when the last reconcile was recorded, None before the first."""

    def attempt(self, run_id: str, number: int) -> Attempt | None:
        """Return this attempt of the run, None unless it has ended."""
