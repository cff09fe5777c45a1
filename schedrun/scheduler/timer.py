"""The alarm clock: APScheduler behind the `Timer` protocol, through its own extension points.

It wakes jobs and nothing else: our trigger asks `core.schedule`, our executor hands the uid on, our job store is a
heap that hands out a bounded number of due jobs a pass so that the event loop breathes in between.
"""

import asyncio
import heapq
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.executors.base import BaseExecutor
from apscheduler.job import Job as Alarm
from apscheduler.jobstores.base import BaseJobStore, ConflictingIdError, JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires

DUE_A_PASS = 200
"""How many due jobs one pass over the store hands out before the event loop runs on."""

_QUIET = logging.getLogger("schedrun.apscheduler")
_QUIET.setLevel(logging.WARNING)


class APSchedulerTimer:
    """A `Timer` over `AsyncIOScheduler`."""

    def __init__(self) -> None:
        self._scheduler: _PromptScheduler | None = None

    def start(self, on_wake: Callable[[str], None]) -> None:
        """See `Timer.start`."""
        scheduler = _PromptScheduler(
            timezone=UTC, logger=_QUIET, job_defaults={"misfire_grace_time": None, "coalesce": False}
        )
        scheduler.add_jobstore(_HeapJobStore(), "default")
        scheduler.add_executor(_HandOn(on_wake), "default")
        scheduler.start()
        self._scheduler = scheduler

    def arm(self, uid: str, compiled: Fires, *, after: datetime) -> None:
        """See `Timer.arm`."""
        trigger = _FiresTrigger(compiled)
        first = trigger.get_next_fire_time(None, after)
        if first is None:
            self.disarm(uid)
            return
        self._running().add_job(_never_called, trigger, id=uid, name=uid, next_run_time=first, replace_existing=True)

    def disarm(self, uid: str) -> None:
        """See `Timer.disarm`."""
        try:
            self._running().remove_job(uid)
        except JobLookupError:
            return

    def wake_up(self) -> None:
        """See `Timer.wake_up`."""
        self._running().wakeup()

    def stop(self) -> None:
        """See `Timer.stop`."""
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None:
            scheduler.stop_at_once()

    def _running(self) -> "_PromptScheduler":
        if self._scheduler is None:
            raise RuntimeError("the timer is not started")
        return self._scheduler


def _never_called() -> None:
    raise AssertionError("the executor hands the uid on and never calls the job")


class _PromptScheduler(AsyncIOScheduler):  # type: ignore[misc]  # APScheduler ships no types
    """Folds the wake-ups of many changes in one turn of the loop into one pass."""

    _eventloop: asyncio.AbstractEventLoop | None
    _wakeup_pending = False

    def wakeup(self) -> None:
        if self._eventloop is not None and not self._wakeup_pending:
            self._wakeup_pending = True
            self._eventloop.call_soon(self._pass)

    def _pass(self) -> None:
        self._wakeup_pending = False
        if self._eventloop is not None:
            self._look()

    def _look(self) -> None:
        self._stop_timer()
        self._start_timer(self._process_jobs())

    def stop_at_once(self) -> None:
        """Stop within this turn of the loop; APScheduler's own `shutdown` waits for the next."""
        self._stop_timer()
        super(AsyncIOScheduler, self).shutdown(wait=False)
        self._eventloop = None


class _FiresTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler ships no types
    """Answers the first fire strictly after both the previous one and now: missed times are never listed."""

    __slots__ = ("_answer", "_compiled", "_reference")

    def __init__(self, compiled: Fires) -> None:
        self._compiled = compiled
        self._reference: datetime | None = None
        self._answer: datetime | None = None

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        reference = now if previous_fire_time is None else max(previous_fire_time, now)
        if reference != self._reference:  # asked twice a pass with one reference
            nominal = fires.next_fire(self._compiled, after=reference - self._compiled.offset)
            self._answer = None if nominal is None else nominal + self._compiled.offset
            self._reference = reference
        return self._answer


class _HandOn(BaseExecutor):  # type: ignore[misc]  # APScheduler ships no types
    """Hands the uid of a due job on; it counts no instances and runs nothing."""

    def __init__(self, on_wake: Callable[[str], None]) -> None:
        super().__init__()
        self._on_wake = on_wake

    def submit_job(self, job: Alarm, run_times: list[datetime]) -> None:  # noqa: ARG002  APScheduler's signature
        self._on_wake(job.id)

    def _do_submit_job(self, job: Alarm, run_times: list[datetime]) -> None:  # noqa: ARG002  APScheduler's signature
        raise AssertionError("submit_job is overridden whole")


class _HeapJobStore(BaseJobStore):  # type: ignore[misc]  # APScheduler ships no types
    """Jobs in a heap by next run time; an entry whose job has moved on is dropped when it surfaces."""

    def __init__(self) -> None:
        super().__init__()
        self._jobs: dict[str, Alarm] = {}
        self._heap: list[tuple[float, str]] = []
        self._due: dict[str, float] = {}

    def lookup_job(self, job_id: str) -> Alarm | None:
        return self._jobs.get(job_id)

    def get_due_jobs(self, now: datetime) -> list[Alarm]:
        limit = now.timestamp()
        due: list[Alarm] = []
        while self._heap and self._heap[0][0] <= limit and len(due) < DUE_A_PASS:
            at, job_id = heapq.heappop(self._heap)
            if self._due.get(job_id) == at:
                # Taken out until the pass has moved it on: update_job or remove_job follows for each.
                del self._due[job_id]
                due.append(self._jobs[job_id])
        return due

    def get_next_run_time(self) -> datetime | None:
        while self._heap:
            at, job_id = self._heap[0]
            if self._due.get(job_id) == at:
                next_run_time: datetime = self._jobs[job_id].next_run_time
                return next_run_time
            heapq.heappop(self._heap)
        return None

    def get_all_jobs(self) -> list[Alarm]:
        return list(self._jobs.values())

    def add_job(self, job: Alarm) -> None:
        if job.id in self._jobs:
            raise ConflictingIdError(job.id)
        self._put(job)

    def update_job(self, job: Alarm) -> None:
        if job.id not in self._jobs:
            raise JobLookupError(job.id)
        self._put(job)

    def remove_job(self, job_id: str) -> None:
        if self._jobs.pop(job_id, None) is None:
            raise JobLookupError(job_id)
        self._due.pop(job_id, None)

    def remove_all_jobs(self) -> None:
        self._jobs.clear()
        self._due.clear()
        self._heap.clear()

    def shutdown(self) -> None:
        self.remove_all_jobs()

    def _put(self, job: Alarm) -> None:
        self._jobs[job.id] = job
        at = job.next_run_time.timestamp()
        self._due[job.id] = at
        heapq.heappush(self._heap, (at, job.id))
