"""What is new over dictionaries."""

import heapq
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice, takewhile

from schedrun.core.ids import JobKey
from schedrun.core.run import state
from schedrun.core.run.page import Ordered
from schedrun.core.run.recorded import RecordedJob, SyncRecord
from schedrun.core.run.run import Run
from schedrun.core.run.state import RunState
from schedrun.stores.history import History
from schedrun.stores.journal import Journal


class MemoryChanges:
    """The questions of a `Reader` that tell what is new."""

    _jobs: dict[str, RecordedJob]
    _job_changes: dict[str, int]
    _last_job_change: dict[None, int]
    _runs: dict[str, Run]
    _run_ordinals: dict[str, int]
    _histories: dict[str, History]
    _sync: dict[None, SyncRecord]

    def run_states(self, run_ids: Iterable[str]) -> Sequence[RunState]:
        """Look them up."""
        return [state.of(run) for run_id in set(run_ids) if (run := self._runs.get(run_id)) is not None]

    def active_states(self, *, limit: int) -> Sequence[RunState]:
        """Pick some of what is active."""
        active = (run for history in self._histories.values() for run in history.active.values())
        return [state.of(run) for run in islice(active, limit)]

    def run_states_from(self, ordinal: int, *, limit: int) -> Sequence[Ordered[RunState]]:
        """Go back from the last one: they are kept in the order of their recording."""
        behind = list(takewhile(lambda each: each[1] >= ordinal, reversed(self._run_ordinals.items())))
        behind.reverse()
        return [Ordered(number, state.of(self._runs[run_id])) for run_id, number in behind[:limit]]

    def last_run_state(self) -> Ordered[RunState] | None:
        """Look at the end."""
        last = next(reversed(self._run_ordinals.items()), None)
        return None if last is None else Ordered(last[1], state.of(self._runs[last[0]]))

    def jobs_changed(self, *, after: int, limit: int) -> Sequence[Ordered[JobKey]]:
        """Search what was noted with each row."""
        if self.last_job_change() <= after:
            return []
        changed = (Ordered(ordinal, uid) for uid, ordinal in self._job_changes.items() if ordinal > after)
        return [Ordered(each.ordinal, self._jobs[each.record].key) for each in heapq.nsmallest(limit, changed)]

    def last_job_change(self) -> int:
        """Look up what was noted last."""
        return self._last_job_change.get(None, 0)

    def synced_at(self) -> datetime | None:
        """Look at the one record."""
        sync = self._sync.get(None)
        return None if sync is None else sync.at


class MemoryChangesWriting:
    """The part of a `Transaction` that notes them."""

    _journal: Journal
    _job_changes: dict[str, int]
    _last_job_change: dict[None, int]

    def _note_change(self, uid: str) -> None:
        """Let the job be the one that changed last."""
        ordinal = self._last_job_change.get(None, 0) + 1
        self._journal.put(self._last_job_change, None, ordinal)
        self._journal.put(self._job_changes, uid, ordinal)


def differs(job: RecordedJob, before: RecordedJob | None) -> bool:
    """Whether more than the cursor of a job's row changes."""
    return before is None or job._replace(cursor=before.cursor, covered_until=before.covered_until) != before
