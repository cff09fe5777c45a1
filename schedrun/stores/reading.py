"""The questions of `Reader` as SQL over one connection."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.ids import JobKey
from schedrun.core.run.recorded import Event, RecordedJob, Request, Session, SyncRecord
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunStatus
from schedrun.stores import rows
from schedrun.stores.jobs import JobCache
from schedrun.stores.rows import Row, micros
from schedrun.stores.statements import SQL


class SqlReader:
    """A `Reader` over a connection inside a transaction, which is what makes its answers one snapshot."""

    def __init__(self, connection: Connection, jobs: JobCache) -> None:
        self._jobs = jobs
        self._execute = connection.execute

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

    def active_runs(self, job_uid: str | None = None) -> Sequence[Run]:
        """Select what has not ended."""
        if job_uid is None:
            return [rows.run_of(row) for row in self._all(SQL["runs_active"])]
        return [rows.run_of(row) for row in self._all(SQL["runs_active_of_job"], (job_uid,))]

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

    def sync(self) -> SyncRecord | None:
        """Select the one row."""
        row = self._one(SQL["sync_get"])
        return None if row is None else rows.sync_of(row)

    def last_session(self) -> Session | None:
        """Select the newest."""
        row = self._one(SQL["session_last"])
        return None if row is None else rows.session_of(row)

    def events(self, *, limit: int = 50) -> Sequence[Event]:
        """Select the newest."""
        return [rows.event_of(row) for row in self._all(SQL["events_newest"], (limit,))]

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

    def _one(self, statement: str, parameters: Row | dict[str, Any] = ()) -> Row | None:
        row: Row | None = self._execute(statement, parameters).fetchone()
        return row

    def _all(self, statement: str, parameters: Row | dict[str, Any] = ()) -> list[Row]:
        return self._execute(statement, parameters).fetchall()
