"""What can still be read of a damaged state."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from operator import attrgetter
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import Any, Self

from schedrun.core.ids import JobKey
from schedrun.core.run.recorded import RecordedJob, SyncRecord
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.stores import main_file, rows, wal
from schedrun.stores.connection import open_for_reading
from schedrun.stores.faults import StateDamagedError
from schedrun.stores.jobs import JobCache
from schedrun.stores.reading import SqlReader
from schedrun.stores.readonly import copied, mode, state_exists
from schedrun.stores.rows import Row
from schedrun.stores.statements import SQL

_LAST_ROWID = 2**63 - 1
_PASSED_OVER = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOTADB}


class Salvage(SqlReader):
    """A `Reader` that leaves out what it cannot read instead of failing; `found` counts the rows that it could.

    A context manager that closes itself. Runs, spans and jobs are looked for in their tables, around the pages that
    are damaged; every other answer ends where its statement meets damage.
    """

    def __init__(self, path: Path) -> None:
        self.found = 0
        self._stack = ExitStack()
        try:
            connection = self._stack.enter_context(closing(_open(path, self._stack)))
            # Lets SQLite open a file that was cut; nothing can be written by this connection.
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("BEGIN")
            # A log that was cut may hold the tables themselves.
            connection.execute("SELECT count(*) FROM sqlite_schema")
            connection.execute(f"EXPLAIN {SQL['salvage_runs']}", (_LAST_ROWID,))
        except sqlite3.DatabaseError as error:
            self._stack.close()
            raise StateDamagedError(path, str(error)) from error
        except BaseException:
            self._stack.close()
            raise
        super().__init__(connection, JobCache())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def job(self, uid: str) -> RecordedJob | None:
        """Look through the rows."""
        return next((job for job in self._recorded() if job.uid == uid), None)

    def job_by_key(self, key: JobKey) -> RecordedJob | None:
        """Look through the rows."""
        rows_of_key = [job for job in self._recorded() if job.key == key]
        return min(rows_of_key, key=_newest_first, default=None)

    def jobs(self, *, tombstones: bool = False) -> Sequence[RecordedJob]:
        """Look through the rows."""
        found = sorted(self._recorded(), key=lambda job: (job.key, *_newest_first(job)))
        return [job for job in found if tombstones or job.removed_at is None]

    def run(self, run_id: str) -> Run | None:
        """Look through the rows."""
        return next((self._told(seq, run) for seq, run in self._runs() if run.id == run_id), None)

    def active_runs(self, job_uid: str | None = None) -> Sequence[Run]:
        """Look through the rows."""
        active = (run for _, run in self._runs() if run.status.active and job_uid in {None, run.job_uid})
        return sorted(active, key=attrgetter("queued_at", "fire_time"))

    def runs(self, *, key: JobKey | None = None, limit: int = 50) -> Sequence[Run]:
        """Look through the rows, then for what the last attempt of each did."""
        uid = None if key is None else self._uid_of(key)
        found = [(seq, run) for seq, run in self._runs() if key is None or run.job_uid == uid]
        found.sort(key=lambda each: (each[1].fire_time, each[0]), reverse=True)
        return [self._told(seq, run) for seq, run in found[:limit]]

    def spans(self, *, key: JobKey | None = None, limit: int = 50) -> Sequence[Span]:
        """Look through the rows."""
        uid = None if key is None else self._uid_of(key)
        found = [span for span in self._spans() if key is None or span.job_uid == uid]
        return sorted(found, key=attrgetter("last"), reverse=True)[:limit]

    def keys(self, uids: Any) -> dict[str, JobKey]:
        """Look through the rows; a job whose row is lost is named by its uid."""
        known = {row[1]: row[2] for row in self._walk(SQL["salvage_jobs"])}
        return {uid: known.get(uid, f"({uid})") for uid in uids}

    def sync(self) -> SyncRecord | None:
        """Return the record when it is whole."""
        with suppress(ValueError, TypeError):
            return super().sync()
        return None

    def _uid_of(self, key: JobKey) -> str | None:
        job = self.job_by_key(key)
        return None if job is None else job.uid

    def _recorded(self) -> Iterator[RecordedJob]:
        for row in self._walk(SQL["salvage_jobs"]):
            yield from self._jobs.readable([row[1:]])

    def _runs(self) -> Iterator[tuple[int, Run]]:
        for row in self._walk(SQL["salvage_runs"]):
            with suppress(rows.GarbledRowError, ValueError, TypeError, OverflowError):
                yield row[0], rows.run_of(row[1:])

    def _spans(self) -> Iterator[Span]:
        for row in self._walk(SQL["salvage_spans"]):
            with suppress(rows.GarbledRowError, ValueError, TypeError, OverflowError):
                yield rows.span_of(row[1:])

    def _told(self, seq: int, run: Run) -> Run:
        """Return the run with what its last attempt did, as far as that can be read."""
        did = self._one(SQL["salvage_attempt"], (seq, run.attempt))
        if did is None:
            return run
        code, error, output = did
        return run._replace(exit_code=code, error=error if run.error is None else run.error, output=output)

    def _walk(self, statement: str) -> Iterator[Row]:
        """Yield the rows of a table by their rowid, past the stretches that cannot be read."""
        after, step = -1, 1
        while after < _LAST_ROWID:
            try:
                for row in self._execute(statement, (after,)):
                    after, step = row[0], 1
                    self.found += 1
                    yield row
            except sqlite3.DatabaseError as error:
                _refuse_other_than_damage(error)
                after, step = min(after + step, _LAST_ROWID), step * 2
            else:
                return

    def _one(self, statement: str, parameters: Row | dict[str, Any] = ()) -> Row | None:
        try:
            row: Row | None = super()._one(statement, parameters)
        except sqlite3.DatabaseError as error:
            _refuse_other_than_damage(error)
            return None
        self.found += row is not None
        return row

    def _all(self, statement: str, parameters: Row | dict[str, Any] = ()) -> list[Row]:
        read: list[Row] = []
        try:
            # Row by row: those before the damage are kept.
            for row in self._execute(statement, parameters):
                read.append(row)  # noqa: PERF402  a list made at once would lose them
        except sqlite3.DatabaseError as error:
            _refuse_other_than_damage(error)
        self.found += len(read)
        return read


def _open(path: Path, stack: ExitStack) -> Connection:
    """Open the state, or a copy of it where opening it would make a log that was cut look whole."""
    if not state_exists(path):
        raise StateDamagedError(path, main_file.fault_of(path) or "the file is gone")
    if wal.fault_of(path) is not None:
        path = copied(path, stack)
    return open_for_reading(path, mode(path))


def _refuse_other_than_damage(error: sqlite3.DatabaseError) -> None:
    if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _PASSED_OVER:
        raise error


def _newest_first(job: RecordedJob) -> tuple[bool, float]:
    removed = job.removed_at
    return (removed is not None, 0.0 if removed is None else -removed.timestamp())
