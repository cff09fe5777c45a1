"""The questions of `Reader` as SQL over one connection."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.ids import JobKey
from schedrun.core.run.attempt import Attempt
from schedrun.core.run.recorded import Event, RecordedJob, Request, Session, SyncRecord
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunStatus
from schedrun.stores import rows
from schedrun.stores.changes import Changes
from schedrun.stores.counting import Counted
from schedrun.stores.glances import SqlGlances
from schedrun.stores.lateness import LatenessReading
from schedrun.stores.notices import Notices
from schedrun.stores.paging import Paging
from schedrun.stores.pruning import Prunable
from schedrun.stores.rows import micros
from schedrun.stores.statements import SQL


class SqlReader(Prunable, Notices, Paging, Changes, SqlGlances, LatenessReading, Counted):
    """A `Reader` over a connection inside a transaction, which is what makes its answers one snapshot."""

    def job(self, uid: str) -> RecordedJob | None:
        """Select by uid."""
        row = self._one(SQL["job_by_uid"], (uid,))
        return None if row is None else self._jobs.decode(row)

    def job_by_key(self, key: JobKey) -> RecordedJob | None:
        """Select by key."""
        row = self._one(SQL["job_by_key"], (key,))
        return None if row is None else self._jobs.decode(row)

    def jobs(self, *, tombstones: bool = False) -> Sequence[RecordedJob]:
        """Select the rows and decode what is readable."""
        return self._jobs.readable(self._all(SQL["jobs_all"] if tombstones else SQL["jobs_live"]))

    def unreadable(self) -> Sequence[Diagnostic]:
        """Try to decode the live rows."""
        return [error.finding for error in self._jobs.unreadable(self._all(SQL["jobs_live"]))]

    def run(self, run_id: str) -> Run | None:
        """Select by id."""
        row = self._one(SQL["run_by_id"], (run_id,))
        return None if row is None else rows.run_of(row)

    def run_ids(self, prefix: str, *, limit: int = 10) -> Sequence[str]:
        """Select a range of ids."""
        return [row[0] for row in self._all(SQL["run_ids"], {"prefix": prefix, "limit": limit})]

    def attempts(self, run_id: str) -> Sequence[Attempt]:
        """Select the run's attempts."""
        return [rows.attempt_of(row) for row in self._all(SQL["attempts_of_run"], (run_id,))]

    def active_runs(self, job_uid: str | None = None) -> Sequence[Run]:
        """Select what has not ended."""
        if job_uid is None:
            return [rows.run_of(row) for row in self._all(SQL["runs_active"])]
        return [rows.run_of(row) for row in self._all(SQL["runs_active_of_job"], (job_uid,))]

    def running(self, group: str | None = None) -> int:
        """Count what runs."""
        counted = self._one(SQL["running"]) if group is None else self._one(SQL["running_of_group"], (group,))
        return 0 if counted is None else int(counted[0])

    def runs(self, *, key: JobKey | None = None, limit: int = 50) -> Sequence[Run]:
        """Select the newest."""
        if key is None:
            return [rows.run_of(row) for row in self._all(SQL["runs_newest"], (limit,))]
        asked = {"uid": self._uid_of(key), "limit": limit}
        return [rows.run_of(row) for row in self._all(SQL["runs_newest_of_job"], asked)]

    def spans(self, *, key: JobKey | None = None, limit: int = 50) -> Sequence[Span]:
        """Select the newest."""
        if key is None:
            return [rows.span_of(row) for row in self._all(SQL["spans_newest"], (limit,))]
        return [rows.span_of(row) for row in self._all(SQL["spans_newest_of_job"], (self._uid_of(key), limit))]

    def runs_between(self, job_uid: str, *, first: datetime, last: datetime) -> Sequence[Run]:
        """Select by fire time."""
        asked = {"uid": job_uid, "first": micros(first), "last": micros(last)}
        return [rows.run_of(row) for row in self._all(SQL["runs_between"], asked)]

    def spans_over(self, job_uid: str, *, first: datetime, last: datetime) -> Sequence[Span]:
        """Select what touches the stretch."""
        asked = {"uid": job_uid, "first": micros(first), "last": micros(last)}
        return [rows.span_of(row) for row in self._all(SQL["spans_over"], asked)]

    def verdicts(self, job_uid: str, *, after: datetime, until: datetime) -> Sequence[tuple[datetime, datetime]]:
        """Select runs and spans of the stretch."""
        asked = {"uid": job_uid, "after": micros(after), "until": micros(until)}
        return [(rows.instant(first), rows.instant(last)) for first, last in self._all(SQL["verdicts"], asked)]

    def last_finished(self) -> dict[str, RunStatus]:
        """Select what was noted at each end."""
        return {uid: RunStatus(status) for uid, status in self._all(SQL["last_ends"])}

    def keys(self, uids: Iterable[str]) -> dict[str, JobKey]:
        """Select the keys of all uids at once."""
        return dict(self._all(SQL["job_keys"], (rows.to_json(list(uids)),)))

    def uids(self) -> Sequence[str]:
        """Select the uids."""
        return [row[0] for row in self._all(SQL["job_uids"])]

    def known_runs(self, run_ids: Iterable[str]) -> set[str]:
        """Select those of all ids at once."""
        return {row[0] for row in self._all(SQL["runs_known"], (rows.to_json(list(run_ids)),))}

    def sync(self) -> SyncRecord | None:
        """Select the one row."""
        row = self._one(SQL["sync_get"])
        return None if row is None else rows.sync_of(row)

    def last_session(self) -> Session | None:
        """Select the newest."""
        row = self._one(SQL["session_last"])
        return None if row is None else rows.session_of(row)

    def sessions_around(self, instant: datetime) -> tuple[Session | None, Session | None]:
        """Select the neighbours of the instant."""
        asked = (micros(instant),)
        before, after = self._one(SQL["session_before"], asked), self._one(SQL["session_after"], asked)
        return (
            None if before is None else rows.session_of(before),
            None if after is None else rows.session_of(after),
        )

    def events(self, *, limit: int = 50) -> Sequence[Event]:
        """Select the newest."""
        return [rows.event_of(row) for row in self._all(SQL["events_newest"], (limit,))]

    def events_after(self, instant: datetime, *, limit: int = 50) -> Sequence[Event]:
        """Select the first from the instant on."""
        return [rows.event_of(row) for row in self._all(SQL["events_after"], (micros(instant), limit))]

    def request(self, request_id: str) -> Request | None:
        """Select by id."""
        row = self._one(SQL["request_by_id"], (request_id,))
        return None if row is None else rows.request_of(row)

    def open_requests(self) -> Sequence[Request]:
        """Select what has no result."""
        return [rows.request_of(row) for row in self._all(SQL["requests_open"])]

    def _uid_of(self, key: JobKey) -> str | None:
        row = self._one(SQL["job_uid_by_key"], (key,))
        return None if row is None else row[0]
