"""The writes of `Transaction` as SQL over the writer's connection."""

import sqlite3
from datetime import datetime
from sqlite3 import IntegrityError

from schedrun.core.errors import AlreadyRecordedError
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Event, RecordedJob, Request, Session, SyncRecord
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunKind, RunStatus
from schedrun.stores import rows
from schedrun.stores.counting import Counting
from schedrun.stores.faults import DuplicateKeyError, UnknownJobError, UnreadableJobError
from schedrun.stores.history import extends
from schedrun.stores.lateness import LatenessWriting
from schedrun.stores.notices import NoticeWriting
from schedrun.stores.pruning import Pruning
from schedrun.stores.reading import SqlReader
from schedrun.stores.rows import micros, micros_or_none
from schedrun.stores.statements import SQL

_SCHEDULED = RunKind.SCHEDULED.value


class SqlTransaction(Counting, Pruning, LatenessWriting, NoticeWriting, SqlReader):
    """A `Transaction` over the connection of the one writer, who opens, undoes and commits around it.

    It remembers the rows of jobs, which every planning reads: whoever undoes something, or finds that another
    connection has written, makes it `forget` them. What units count it collects: each that succeeds is told to be
    `kept`, and before COMMIT `write_counts` is called.
    """

    def begin(self) -> None:
        """Drop what was counted and never written: its transaction failed."""
        self._tally.clear()

    def keep(self) -> None:
        """Let stand what the unit has counted."""
        self._tally.keep()

    def forget(self) -> None:
        """Read the rows of jobs anew, and drop what the unit that is undone has counted."""
        self._rows.clear()
        self._tally.undo()

    def job(self, uid: str) -> RecordedJob | None:
        """Look the row up, or select it."""
        known = self._rows.get(uid)
        if known is None:
            known = super().job(uid)
            if known is not None:
                self._rows[uid] = known
        return known

    def put_job(self, job: RecordedJob) -> None:
        """Upsert by uid; an unreadable row that holds the key is buried first."""
        row = (*self._jobs.encode(job), job.spec.group)
        try:
            self._execute(SQL["job_put"], row)
        except IntegrityError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CONSTRAINT_UNIQUE:
                raise
            if not self._bury_unreadable(job):
                raise DuplicateKeyError(job.key, uid=job.uid) from error
            self._execute(SQL["job_put"], row)
        self._rows[job.uid] = job

    def move_cursor(self, uid: str, cursor: datetime) -> None:
        """Update the cursor."""
        if not self._execute(SQL["job_move_cursor"], (micros(cursor), uid)).rowcount:
            raise UnknownJobError(uid)
        known = self._rows.get(uid)
        if known is not None:
            self._rows[uid] = known.at_cursor(cursor)

    def insert_run(self, run: Run) -> None:
        """Insert the run; one that has ended already brings what its attempt did."""
        row = (
            run.id,
            run.job_uid,
            micros(run.fire_time),
            run.kind.value,
            run.status.value,
            micros(run.queued_at),
            run.attempt,
            micros_or_none(run.started_at),
            micros_or_none(run.finished_at),
            micros_or_none(run.retry_at),
            run.error if run.attempt == 0 else None,
        )
        try:
            seq = self._execute(SQL["run_insert"], row).lastrowid
        except IntegrityError as error:
            match error.sqlite_errorcode:
                case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
                    raise UnknownJobError(run.job_uid) from error
                # A run whose occurrence was pruned has no id there: to select the row or nothing takes twice the time.
                case sqlite3.SQLITE_CONSTRAINT_UNIQUE | sqlite3.SQLITE_CONSTRAINT_NOTNULL:
                    raise AlreadyRecordedError(run.id) from error
                case _:
                    raise
        if run.finished_at is not None:
            ended = micros(run.finished_at)
            if run.attempt:
                did = (run.attempt, run.status.value, row[7], ended, run.exit_code, run.error, run.output)
                self._execute(SQL["attempt_insert"], (seq, *did))
            self._ended(run.job_uid, at=ended, fire_time=row[2], status=row[4], kind=row[3], started_at=row[7])

    def start_run(self, run_id: str, *, at: datetime) -> Run | None:
        """Update the run."""
        row = self._one(SQL["run_start"], (micros(at), run_id))
        return None if row is None else rows.run_of(row)

    def finish_run(
        self,
        run_id: str,
        *,
        attempt: int,
        status: RunStatus,
        at: datetime,
        outcome: Outcome,
        retry_at: datetime | None = None,
    ) -> bool:
        """Update the run, fenced, and record what its attempt did."""
        if status.active:
            raise ValueError(f"a run cannot end as {status}")
        when = micros(at)
        if retry_at is None:
            ended = self._one(SQL["run_finish"], (status.value, when, None, run_id, attempt))
        else:
            queued = RunStatus.QUEUED.value
            ended = self._one(SQL["run_finish"], (queued, None, micros(retry_at), run_id, attempt))
        if ended is None:
            return False
        seq, started_at, uid, fire_time, kind = ended
        did = (attempt, status.value, started_at, when, outcome.exit_code, outcome.error, outcome.output)
        self._execute(SQL["attempt_insert"], (seq, *did))
        if retry_at is None:
            self._ended(uid, at=when, fire_time=fire_time, status=did[1], kind=kind, started_at=started_at)
        return True

    def ask_to_end(self, run_id: str, *, reason: str) -> bool:
        """Update the run, if it runs."""
        return bool(self._execute(SQL["run_ask_to_end"], (reason, run_id)).rowcount)

    def move_retry(self, run_id: str, *, at: datetime) -> bool:
        """Update the run, if it waits for its retry."""
        return bool(self._execute(SQL["run_move_retry"], (micros(at), run_id)).rowcount)

    def drop_run(self, run_id: str, *, at: datetime, reason: str) -> bool:
        """Update the run, unless it has left the queue."""
        when = micros(at)
        dropped = self._one(SQL["run_drop"], (when, reason, run_id))
        if dropped is None:
            return False
        uid, fire_time, kind = dropped
        self._ended(uid, at=when, fire_time=fire_time, status=RunStatus.CANCELLED.value, kind=kind, started_at=None)
        return True

    def insert_span(self, span: Span) -> None:
        """Extend the newest span or insert another."""
        self._insert_span(span)
        decided_at = micros(span.last if span.decided_at is None else span.decided_at)
        self._tally.ended((self._key_of(span.job_uid), span.status.value, 0, span.count, decided_at, None))

    def cut_span(self, span: Span, *, kept: Span | None) -> bool:
        """Update the span, or delete it."""
        which = {"uid": span.job_uid, "first": micros(span.first), "last": micros(span.last)}
        if kept is None:
            return bool(self._execute(SQL["span_drop"], which).rowcount)
        rest = {"kept": micros(kept.last), "count": kept.count, "decided_at": micros_or_none(kept.decided_at)}
        return bool(self._execute(SQL["span_cut"], which | rest).rowcount)

    def put_sync(self, sync: SyncRecord) -> None:
        """Upsert the one row."""
        self._execute(SQL["sync_put"], rows.sync_row(sync))

    def put_session(self, session: Session) -> None:
        """Upsert by id."""
        alive = (micros(session.started_at), micros(session.alive_at), micros_or_none(session.ended_at))
        self._execute(SQL["session_put"], (session.id, session.pid, *alive))

    def add_event(self, event: Event) -> None:
        """Insert the event."""
        self._execute(SQL["event_insert"], (micros(event.at), event.name, rows.to_json(event.facts)))

    def put_request(self, request: Request) -> None:
        """Upsert by id."""
        self._execute(SQL["request_put"], rows.request_row(request))

    def _insert_span(self, span: Span) -> None:
        first, last = micros(span.first), micros(span.last)
        newest = self._one(SQL["span_extendable"], {"uid": span.job_uid, "first": first})
        if newest is not None and extends(rows.span_of(newest[1:]), span):
            self._execute(SQL["span_extend"], (last, span.count, micros_or_none(span.decided_at), newest[0]))
            return
        said = (span.status.value, span.reason, micros_or_none(span.decided_at), span.blocked_by)
        row = (span.job_uid, first, last, span.count, *said)
        self._of_known_job(span.job_uid, SQL["span_insert"], row)

    def _ended(self, uid: str, *, at: int, fire_time: int, status: str, kind: str, started_at: int | None) -> None:
        self._execute(SQL["last_end_put"], (uid, at, fire_time, status))
        self._tally.ended((self._key_of(uid), status, 1, int(kind == _SCHEDULED), at, started_at))

    def _bury_unreadable(self, successor: RecordedJob) -> bool:
        try:
            self.job_by_key(successor.key)
        except UnreadableJobError as error:
            for run in self.active_runs(error.uid):
                if run.status is RunStatus.QUEUED:
                    self.drop_run(run.id, at=successor.cursor, reason="its job was removed before it started")
            return bool(self._execute(SQL["job_bury"], (micros(successor.cursor), error.uid)).rowcount)
        return False
