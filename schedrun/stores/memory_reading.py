"""The questions of `Reader` over dictionaries."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from operator import attrgetter, itemgetter
from typing import Any

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.ids import JobKey
from schedrun.core.run.attempt import Attempt, last_of
from schedrun.core.run.recorded import Event, RecordedJob, Request, Session, SyncRecord
from schedrun.core.run.retention import Pruned
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunStatus
from schedrun.stores.glances import MemoryGlances
from schedrun.stores.history import History
from schedrun.stores.memory_changes import MemoryChanges
from schedrun.stores.memory_counting import MemoryCounted
from schedrun.stores.memory_lateness import MemoryLateness
from schedrun.stores.memory_notices import MemoryNotices
from schedrun.stores.memory_paging import MemoryPaging

_NEVER = datetime.max.replace(tzinfo=UTC)
_FIRE_TIME = attrgetter("fire_time")
_QUEUE_ORDER = attrgetter("queued_at", "fire_time")


class MemoryReader(MemoryNotices, MemoryPaging, MemoryChanges, MemoryGlances, MemoryLateness, MemoryCounted):
    """A `Reader` over dictionaries; what they hold is frozen, so answers may share it."""

    def __init__(self) -> None:
        super().__init__()
        self._jobs: dict[str, RecordedJob] = {}
        self._live: dict[JobKey, str] = {}
        self._job_changes: dict[str, int] = {}
        self._last_job_change: dict[None, int] = {}
        self._buried: dict[JobKey, tuple[str, ...]] = {}
        self._runs: dict[str, Run] = {}
        self._run_ordinals: dict[str, int] = {}
        self._histories: dict[str, History] = {}
        self._last_finished: dict[str, Run] = {}
        self._sync: dict[None, SyncRecord] = {}
        self._sessions: dict[str, Session] = {}
        self._events: dict[int, Event] = {}
        self._requests: dict[str, Request] = {}

    def job(self, uid: str) -> RecordedJob | None:
        """Look the row up."""
        return self._jobs.get(uid)

    def job_by_key(self, key: JobKey) -> RecordedJob | None:
        """Look the live row up, else the newest tombstone."""
        if (uid := self._live.get(key)) is not None:
            return self._jobs[uid]
        return max((self._jobs[uid] for uid in self._buried.get(key, ())), key=_removal, default=None)

    def jobs(self, *, tombstones: bool = False) -> Sequence[RecordedJob]:
        """Sort the rows."""
        if tombstones:
            return _in_key_order(self._jobs.values())
        return [self._jobs[uid] for _, uid in sorted(self._live.items())]

    def unreadable(self) -> Sequence[Diagnostic]:
        """Return nothing: specs are kept as objects here."""
        return ()

    def run(self, run_id: str) -> Run | None:
        """Look the run up."""
        return self._runs.get(run_id)

    def run_ids(self, prefix: str, *, limit: int = 10) -> Sequence[str]:
        """Search the ids."""
        return heapq.nsmallest(limit, (run_id for run_id in self._runs if run_id.startswith(prefix)))

    def attempts(self, run_id: str) -> Sequence[Attempt]:
        """Look up the earlier ones; the run itself says what the last did."""
        run = self._runs.get(run_id)
        if run is None:
            return ()
        earlier = self._histories[run.job_uid].attempts.get(run_id, ())
        if run.started_at is None or run.finished_at is None or len(earlier) == run.attempt:
            return earlier
        return (*earlier, last_of(run))

    def attempt(self, run_id: str, number: int) -> Attempt | None:
        """Search the run's attempts."""
        return next((each for each in self.attempts(run_id) if each.number == number), None)

    def active_runs(self, job_uid: str | None = None) -> Sequence[Run]:
        """Sort what is active."""
        if job_uid is None:
            return sorted((run for each in self._histories.values() for run in each.active.values()), key=_QUEUE_ORDER)
        history = self._histories.get(job_uid)
        if history is None or not history.active:
            return ()
        return sorted(history.active.values(), key=_QUEUE_ORDER)

    def running(self, group: str | None = None) -> int:
        """Count what runs."""
        return sum(
            run.status is RunStatus.RUNNING and (group is None or self._jobs[run.job_uid].spec.group == group)
            for history in self._histories.values()
            for run in history.active.values()
        )

    def runs(self, *, key: JobKey | None = None, limit: int = 50) -> Sequence[Run]:
        """Pick the newest."""
        runs: Iterable[Run] = self._runs.values()
        if key is not None:
            history = self._history_of(key)
            ids = (*history.active, *history.finished) if history else ()
            runs = (run for run in map(self._runs.__getitem__, ids))
        return heapq.nlargest(limit, runs, key=_FIRE_TIME)

    def spans(self, *, key: JobKey | None = None, limit: int = 50) -> Sequence[Span]:
        """Pick the newest."""
        histories: Iterable[History | None] = self._histories.values()
        if key is not None:
            histories = (self._history_of(key),)
        spans = (span for history in histories if history is not None for span in history.spans.values())
        return heapq.nlargest(limit, spans, key=attrgetter("last"))

    def runs_between(self, job_uid: str, *, first: datetime, last: datetime) -> Sequence[Run]:
        """Filter the job's runs."""
        history = self._histories.get(job_uid)
        ids = () if history is None else (*history.active, *history.finished)
        return sorted(
            (run for run in map(self._runs.__getitem__, ids) if first <= run.fire_time <= last), key=_FIRE_TIME
        )

    def spans_over(self, job_uid: str, *, first: datetime, last: datetime) -> Sequence[Span]:
        """Filter the job's spans."""
        history = self._histories.get(job_uid)
        spans = () if history is None else history.spans.values()
        return sorted((span for span in spans if span.last >= first and span.first <= last), key=attrgetter("first"))

    def verdicts(self, job_uid: str, *, after: datetime, until: datetime) -> Sequence[tuple[datetime, datetime]]:
        """Filter the job's verdicts."""
        history = self._histories.get(job_uid)
        if history is None:
            return ()
        return sorted((first, last) for first, last in history.verdicts() if last > after and first <= until)

    def last_finished(self) -> dict[str, RunStatus]:
        """Return what was noted at each end."""
        return {uid: run.status for uid, run in self._last_finished.items()}

    def keys(self, uids: Iterable[str]) -> dict[str, JobKey]:
        """Look the keys up."""
        return {uid: job.key for uid in uids if (job := self._jobs.get(uid)) is not None}

    def uids(self) -> Sequence[str]:
        """Sort the uids."""
        return sorted(self._jobs)

    def known_runs(self, run_ids: Iterable[str]) -> set[str]:
        """Look the ids up."""
        return {run_id for run_id in run_ids if run_id in self._runs}

    def forgotten(self, job_uid: str) -> tuple[datetime, datetime] | None:
        """Look the stretch up."""
        history = self._histories.get(job_uid)
        return None if history is None else history.forgotten

    def prunable(self, job_uid: str, *, before: datetime | None, keep: int | None) -> Pruned:
        """Count what `prune` would drop."""
        runs, spans = self._prunable(job_uid, before, keep)
        return Pruned(len(runs), len(spans))

    def earliest_span(self) -> datetime | None:
        """Search the spans."""
        spans = (span for history in self._histories.values() for span in history.spans.values())
        return min((span.first for span in spans), default=None)

    def prunable_records(self, *, before: datetime, needed: datetime) -> int:
        """Count what `prune_records` would drop."""
        return sum(len(doomed) for _, doomed in self._prunable_records(before, needed))

    def _prunable(
        self, job_uid: str, before: datetime | None, keep: int | None
    ) -> tuple[list[Run], list[tuple[int, Span]]]:
        job = self._jobs.get(job_uid)
        if job is None or job.covered_until is not None:
            return [], []
        return self._histories[job_uid].prunable(before=before, keep=keep, cursor=job.cursor)

    def _prunable_records(self, before: datetime, needed: datetime) -> Iterator[tuple[dict[Any, Any], list[Any]]]:
        """Yield the tables of the service's own records, each with the keys that may go, oldest first."""
        events = sorted(self._events.items(), key=lambda item: (item[1].at, item[0]))
        yield self._events, [key for key, event in events if event.at < needed]
        answered = (each for each in self._requests.values() if each.done_at is not None)
        yield self._requests, [each.id for each in answered if each.done_at is not None and each.done_at < before]
        yield self._notices, self._prunable_notices(before)
        sessions = sorted(self._sessions.values(), key=attrgetter("started_at"))
        last = max((each.started_at for each in sessions if each.started_at <= needed), default=None)
        yield self._sessions, [each.id for each in sessions if last is not None and each.started_at < last]

    def sync(self) -> SyncRecord | None:
        """Return the one record."""
        return self._sync.get(None)

    def last_session(self) -> Session | None:
        """Return the one that was begun last, whatever the clock said then."""
        return next(reversed(self._sessions.values()), None)

    def sessions_around(self, instant: datetime) -> tuple[Session | None, Session | None]:
        """Search the sessions."""
        by_start = sorted(self._sessions.values(), key=attrgetter("started_at"))
        before = [session for session in by_start if session.started_at <= instant]
        after = by_start[len(before) :]
        return (before[-1] if before else None, after[0] if after else None)

    def events(self, *, limit: int = 50) -> Sequence[Event]:
        """Pick the newest; of two at one instant, the one recorded later."""
        newest = heapq.nlargest(limit, self._events.items(), key=lambda item: (item[1].at, item[0]))
        return [event for _, event in newest]

    def events_after(self, instant: datetime, *, limit: int = 50) -> Sequence[Event]:
        """Pick the first from the instant on."""
        later = ((event.at, ordinal, event) for ordinal, event in self._events.items() if event.at >= instant)
        return [event for _, _, event in heapq.nsmallest(limit, later, key=itemgetter(0, 1))]

    def request(self, request_id: str) -> Request | None:
        """Look the request up."""
        return self._requests.get(request_id)

    def open_requests(self) -> Sequence[Request]:
        """Search the requests."""
        return sorted((each for each in self._requests.values() if each.result is None), key=attrgetter("at"))

    def _history_of(self, key: JobKey) -> History | None:
        job = self.job_by_key(key)
        return None if job is None else self._histories[job.uid]


def _removal(job: RecordedJob) -> datetime:
    return job.removed_at or _NEVER


def _in_key_order(jobs: Iterable[RecordedJob]) -> list[RecordedJob]:
    newest_first = sorted(jobs, key=_removal, reverse=True)
    return sorted(newest_first, key=attrgetter("key"))
