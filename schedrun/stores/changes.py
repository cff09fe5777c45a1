"""What is new as SQL: each question reads a range of an index, however much there is."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from schedrun.core.ids import JobKey
from schedrun.core.run.attempt import Attempt
from schedrun.core.run.page import Ordered
from schedrun.core.run.state import RunState
from schedrun.stores import rows
from schedrun.stores.queries import Queries
from schedrun.stores.statements import SQL


class Changes(Queries):
    """The questions of a `Reader` that tell what is new."""

    def run_states(self, run_ids: Iterable[str]) -> Sequence[RunState]:
        """Select those of all ids at once."""
        return [rows.run_state_of(row) for row in self._all(SQL["run_states"], (rows.to_json(list(run_ids)),))]

    def active_states(self, *, limit: int) -> Sequence[RunState]:
        """Select what has not ended, as its index holds it."""
        return [rows.run_state_of(row) for row in self._all(SQL["run_states_active"], (limit,))]

    def run_states_from(self, ordinal: int, *, limit: int) -> Sequence[Ordered[RunState]]:
        """Select by the primary key."""
        found = self._all(SQL["run_states_from"], (ordinal, limit))
        return [Ordered(seq, rows.run_state_of(row)) for seq, *row in found]

    def last_run_state(self) -> Ordered[RunState] | None:
        """Select the end of the primary key."""
        row = self._one(SQL["run_state_last"])
        return None if row is None else Ordered(row[0], rows.run_state_of(row[1:]))

    def jobs_changed(self, *, after: int, limit: int) -> Sequence[Ordered[JobKey]]:
        """Select what the triggers noted."""
        return [Ordered(ordinal, key) for ordinal, key in self._all(SQL["jobs_changed"], (after, limit))]

    def last_job_change(self) -> int:
        """Select the end of what the triggers noted."""
        row = self._one(SQL["job_change_last"])
        assert row is not None  # an aggregate has a row
        return int(row[0])

    def synced_at(self) -> datetime | None:
        """Select from the one row."""
        row = self._one(SQL["sync_at"])
        return None if row is None else rows.instant(row[0])

    def attempt(self, run_id: str, number: int) -> Attempt | None:
        """Select by run and number."""
        row = self._one(SQL["attempt_of_run"], (run_id, number))
        return None if row is None else rows.attempt_of(row)
