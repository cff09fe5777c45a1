"""The ledger in memory: for embedded schedulers without a state, and the contracts' reference."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import TypeVar

from schedrun.core.errors import AlreadyRecordedError
from schedrun.core.run.attempt import last_of
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Event, RecordedJob, Request, Session, SyncRecord
from schedrun.core.run.retention import Pruned
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunKind, RunStatus
from schedrun.protocols import Reader, Transaction
from schedrun.stores.faults import DuplicateKeyError, StoreClosedError, UnknownJobError
from schedrun.stores.history import History, extends
from schedrun.stores.journal import Journal
from schedrun.stores.memory_changes import differs
from schedrun.stores.memory_counting import MemoryCounting
from schedrun.stores.memory_lateness import MemoryLatenessWriting
from schedrun.stores.memory_notices import MemoryNoticeWriting
from schedrun.stores.memory_reading import MemoryReader

T = TypeVar("T")

KEPT_PER_JOB = 100
"""How many finished runs, and how many spans, a job keeps unless the store is told another number."""


class MemoryStore:
    """A `Store` that forgets everything with its process.

    A unit runs at once on the caller's thread and nothing is awaited, so the store belongs to one event loop.
    Each job keeps its last `keep` finished runs and its last `keep` spans; older ones leave the answers, yet
    their occurrences keep their verdict: they cannot be recorded again.
    """

    def __init__(self, *, keep: int = KEPT_PER_JOB) -> None:
        self._transaction = MemoryTransaction(keep)
        self._closed = False

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        """Run `unit` now and return its result; raises StoreClosedError after `close`."""
        self._refuse_when_closed()
        try:
            result = unit(self._transaction)
        except BaseException:
            self._transaction.undo()
            raise
        self._transaction.settle()
        return result

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` now and return its result; raises StoreClosedError after `close`."""
        self._refuse_when_closed()
        return query(self._transaction)

    async def verify(self) -> None:
        """Do nothing: memory is taken for sound."""
        self._refuse_when_closed()

    def version(self) -> int:
        """Return 0: no other process writes here."""
        return 0

    async def close(self) -> None:
        """Refuse everything from now on."""
        self._closed = True

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise StoreClosedError


class MemoryTransaction(MemoryCounting, MemoryLatenessWriting, MemoryNoticeWriting, MemoryReader):
    """A `Transaction` that writes at once and can take everything since the last unit back."""

    def __init__(self, keep: int) -> None:
        super().__init__()
        self._keep = keep
        self._journal = Journal()
        self._ordinals = count(1)
        self._overfull: list[History] = []

    def settle(self) -> None:
        """Make the unit's writes final and forget what is beyond the bound."""
        self._journal.settle()
        self._keep_counts()
        self._forget_notices()
        if self._overfull:
            for history in self._overfull:
                for run_id in history.forget_beyond(self._keep):
                    del self._runs[run_id], self._run_ordinals[run_id]
            self._overfull.clear()

    def undo(self) -> None:
        """Take the unit's writes back."""
        self._journal.undo()
        self._tally.undo()
        self._overfull.clear()

    def put_job(self, job: RecordedJob) -> None:
        """Write the row and the index of live keys."""
        before = self._jobs.get(job.uid)
        holder = self._live.get(job.key)
        if job.removed_at is None and holder not in {None, job.uid}:
            raise DuplicateKeyError(job.key, uid=job.uid)
        if before is None:
            self._journal.put(self._histories, job.uid, History())
        elif before.removed_at is None:
            self._journal.drop(self._live, before.key)
        else:
            others = tuple(uid for uid in self._buried[before.key] if uid != job.uid)
            self._journal.put(self._buried, before.key, others)
        if job.removed_at is None:
            self._journal.put(self._live, job.key, job.uid)
        else:
            self._journal.put(self._buried, job.key, (*self._buried.get(job.key, ()), job.uid))
        self._journal.put(self._jobs, job.uid, job)
        if differs(job, before):
            self._note_change(job.uid)

    def move_cursor(self, uid: str, cursor: datetime) -> None:
        """Write the row anew."""
        job = self._jobs.get(uid)
        if job is None:
            raise UnknownJobError(uid)
        self._journal.put(self._jobs, uid, job.at_cursor(cursor))

    def insert_run(self, run: Run) -> None:
        """Write the run and its indexes."""
        if run.id in self._runs:  # asked first: a repeated id is that, whatever job it names
            raise AlreadyRecordedError(run.id)
        history = self._known_history(run.job_uid)
        scheduled = run.kind is RunKind.SCHEDULED
        if scheduled and history.covers(run.fire_time):
            raise AlreadyRecordedError(run.id)
        if scheduled:
            self._journal.put(history.occurrences, run.fire_time, run.id)
        self._journal.put(self._runs, run.id, run)
        self._journal.put(self._run_ordinals, run.id, next(self._ordinals))
        if run.status.active:
            self._journal.put(history.active, run.id, run)
        else:
            self._note_end(history, run)

    def start_run(self, run_id: str, *, at: datetime) -> Run | None:
        """Write the run anew."""
        run = self._runs.get(run_id)
        if run is None or run.status is not RunStatus.QUEUED:
            return None
        started = run.started(at)
        self._journal.put(self._runs, run_id, started)
        self._journal.put(self._histories[run.job_uid].active, run_id, started)
        return started

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
        """Write the run anew and move it to the finished ones, or back to those that wait."""
        if status.active:
            raise ValueError(f"a run cannot end as {status}")
        run = self._runs.get(run_id)
        if run is None or run.attempt != attempt or run.status is not RunStatus.RUNNING:
            return False
        ended = Run(
            run.id,
            run.job_uid,
            run.fire_time,
            run.kind,
            status,
            run.queued_at,
            attempt,
            run.started_at,
            at,
            outcome.exit_code,
            outcome.error,
            outcome.output,
        )
        history = self._histories[run.job_uid]
        if retry_at is not None:
            self._wait_for_retry(history, ended, retry_at)
            return True
        self._journal.put(self._runs, run_id, ended)
        self._journal.drop(history.active, run_id)
        self._note_end(history, ended)
        return True

    def ask_to_end(self, run_id: str, *, reason: str) -> bool:
        """Write the run anew, if it runs."""
        run = self._runs.get(run_id)
        if run is None or run.status is not RunStatus.RUNNING:
            return False
        asked = run._replace(error=reason)
        self._journal.put(self._runs, run_id, asked)
        self._journal.put(self._histories[run.job_uid].active, run_id, asked)
        return True

    def move_retry(self, run_id: str, *, at: datetime) -> bool:
        """Write the run anew, if it waits for its retry."""
        run = self._runs.get(run_id)
        if run is None or run.retry_at is None:
            return False
        active = self._histories[run.job_uid].active
        self._journal.put(self._runs, run_id, run._replace(retry_at=at))
        self._journal.put(active, run_id, active[run_id]._replace(retry_at=at))
        return True

    def drop_run(self, run_id: str, *, at: datetime, reason: str) -> bool:
        """Write the run anew and move it to the finished ones."""
        run = self._runs.get(run_id)
        if run is None or run.status is not RunStatus.QUEUED:
            return False
        dropped = run._replace(status=RunStatus.CANCELLED, finished_at=at, error=reason, retry_at=None)
        history = self._histories[run.job_uid]
        self._journal.put(self._runs, run_id, dropped)
        self._journal.drop(history.active, run_id)
        self._note_end(history, dropped)
        return True

    def insert_span(self, span: Span) -> None:
        """Extend the newest span or write another."""
        history = self._known_history(span.job_uid)
        self._count_span(span)
        newest = history.newest_span()
        if newest is not None:
            ordinal, before = newest
            if extends(before, span) and not history.ran_between(before.last, span.first):
                grown = replace(
                    before, last=span.last, count=before.count + span.count, decided_at=span.decided_at
                )  # fmt: skip
                self._journal.put(history.spans, ordinal, grown)
                return
        self._journal.put(history.spans, next(self._ordinals), span)
        if len(history.spans) > self._keep:
            self._overfull.append(history)

    def cut_span(self, span: Span, *, kept: Span | None) -> bool:
        """Write the span anew, or drop it."""
        history = self._histories.get(span.job_uid)
        spans = () if history is None else tuple(history.spans.items())
        found = [each for each in spans if (each[1].first, each[1].last) == (span.first, span.last)]
        for ordinal, known in found:
            table = self._histories[span.job_uid].spans
            if kept is None:
                self._journal.drop(table, ordinal)
            else:
                shorter = replace(known, last=kept.last, count=kept.count, decided_at=kept.decided_at)
                self._journal.put(table, ordinal, shorter)
        return bool(found)

    def prune(self, job_uid: str, *, before: datetime | None, keep: int | None, limit: int) -> Pruned:
        """Drop runs, then spans, and remember the stretch that they covered."""
        runs, spans = self._prunable(job_uid, before, keep)
        runs = runs[:limit]
        spans = spans[: limit - len(runs)]
        for run in runs:
            self._forget_run(run)
        for ordinal, span in spans:
            self._journal.drop(self._histories[job_uid].spans, ordinal)
            self._forget_stretch(job_uid, span.first, span.last)
        return Pruned(len(runs), len(spans))

    def prune_records(self, *, before: datetime, needed: datetime, limit: int) -> int:
        """Drop events, requests, notices and sessions."""
        pruned = 0
        for table, doomed in self._prunable_records(before, needed):
            for key in doomed[: limit - pruned]:
                self._journal.drop(table, key)
                pruned += 1
        return pruned

    def put_sync(self, sync: SyncRecord) -> None:
        """Write the one record."""
        self._journal.put(self._sync, None, sync)

    def put_session(self, session: Session) -> None:
        """Write the session."""
        self._journal.put(self._sessions, session.id, session)

    def add_event(self, event: Event) -> None:
        """Write the event."""
        self._journal.put(self._events, next(self._ordinals), event)

    def put_request(self, request: Request) -> None:
        """Write the request."""
        self._journal.put(self._requests, request.id, request)

    def _known_history(self, uid: str) -> History:
        history = self._histories.get(uid)
        if history is None:
            raise UnknownJobError(uid)
        return history

    def _forget_run(self, run: Run) -> None:
        history = self._histories[run.job_uid]
        self._journal.drop(self._runs, run.id)
        self._journal.drop(self._run_ordinals, run.id)
        self._journal.drop(history.finished, run.id)
        if run.id in history.attempts:
            self._journal.drop(history.attempts, run.id)
        if run.kind is RunKind.SCHEDULED:
            self._journal.drop(history.occurrences, run.fire_time)
            self._forget_stretch(run.job_uid, run.fire_time, run.fire_time)

    def _forget_stretch(self, job_uid: str, first: datetime, last: datetime) -> None:
        history = self._histories[job_uid]
        self._journal.put(history.stretch, None, history.with_forgotten(first, last))

    def _wait_for_retry(self, history: History, ended: Run, retry_at: datetime) -> None:
        """Put the run whose attempt has ended back into the queue."""
        waiting = ended._replace(status=RunStatus.QUEUED, finished_at=None, retry_at=retry_at)
        self._journal.put(self._runs, ended.id, waiting)
        bare = waiting._replace(exit_code=None, error=None, output=None)
        self._journal.put(history.active, ended.id, bare)
        self._journal.put(history.attempts, ended.id, (*history.attempts.get(ended.id, ()), last_of(ended)))

    def _note_end(self, history: History, run: Run) -> None:
        self._journal.put(history.finished, run.id, run)
        self._count_run(run)
        last = self._last_finished.get(run.job_uid)
        if last is None or _end_order(run) >= _end_order(last):
            self._journal.put(self._last_finished, run.job_uid, run)
        if len(history.finished) > self._keep:
            self._overfull.append(history)


def _end_order(run: Run) -> tuple[datetime, datetime]:
    return (run.finished_at or run.fire_time, run.fire_time)
