"""Lateness in dictionaries."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from schedrun.core.run import lateness as judging
from schedrun.core.run.lateness import Late, Lateness, Newest
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.status import RunStatus, SpanStatus
from schedrun.stores.faults import UnknownJobError
from schedrun.stores.history import History
from schedrun.stores.journal import Journal
from schedrun.stores.memory_changes import MemoryChangesWriting


class MemoryLateness:
    """The questions of a `Reader` about lateness."""

    _jobs: dict[str, RecordedJob]
    _histories: dict[str, History]

    def __init__(self) -> None:
        super().__init__()
        self._lateness: dict[str, Lateness] = {}

    def lateness(self, job_uid: str) -> Lateness | None:
        """Look it up."""
        return self._lateness.get(job_uid)

    def expecting(self) -> Sequence[str]:
        """Sort the uids."""
        return sorted(self._lateness)

    def late_jobs(self) -> dict[str, Late]:
        """Look through what is kept."""
        live = [uid for uid in self._lateness if self._jobs[uid].removed_at is None]
        return self.late_of(sorted(live, key=lambda uid: self._jobs[uid].key))

    def late_of(self, job_uids: Iterable[str]) -> dict[str, Late]:
        """Look each up."""
        return {uid: late for uid in job_uids if (late := judging.late(self._lateness.get(uid))) is not None}

    def newest_occurrence(self, job_uid: str) -> Newest | None:
        """Look through what is kept of the job."""
        history = self._histories.get(job_uid)
        if history is None:
            return None
        found = [*history.occurrences]
        found += [
            span.last
            for span in history.spans.values()
            if span.status is not SpanStatus.SKIPPED or span.blocked_by is not None
        ]
        if not found:
            return None
        newest = max(found)
        runs = (run for run in history.finished.values() if run.status is RunStatus.SUCCEEDED)
        return Newest(newest, any(run.fire_time >= newest for run in runs))


class MemoryLatenessWriting(MemoryLateness, MemoryChangesWriting):
    """The part of a `Transaction` that writes it."""

    _journal: Journal

    def put_lateness(self, lateness: Lateness) -> None:
        """Write it anew."""
        if lateness.job_uid not in self._jobs:
            raise UnknownJobError(lateness.job_uid)
        before = _since(self._lateness.get(lateness.job_uid))
        self._journal.put(self._lateness, lateness.job_uid, lateness)
        if _since(lateness) != before:
            self._note_change(lateness.job_uid)

    def drop_lateness(self, job_uid: str) -> None:
        """Drop it."""
        if job_uid in self._lateness:
            if any(_since(self._lateness[job_uid])):
                self._note_change(job_uid)
            self._journal.drop(self._lateness, job_uid)


def _since(kept: Lateness | None) -> tuple[datetime | None, datetime | None]:
    """Return since when each expectation does not hold."""
    return (None, None) if kept is None else (kept.unfinished_since, kept.unsucceeded_since)
