"""Judges expectations on time when their moment comes: a task of its own, which no run ever waits for."""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import NamedTuple

from schedrun.core.errors import StoreError
from schedrun.core.run import lateness
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.spec.job import Job
from schedrun.protocols import Clock, Store, Transaction
from schedrun.scheduler import waiting
from schedrun.scheduler.judging import LATE_EVENT, Breach
from schedrun.scheduler.planning import Planner
from schedrun.stores import faults

log = logging.getLogger(__name__)

JOBS_A_UNIT = 200
"""How many jobs one unit of work judges at most."""

RETRY_SECONDS = 1.0
"""How long to wait before the ledger is asked again that could not be written."""

_Looks = dict[str, datetime | None]
"""When to judge jobs again, by uid: None where only something that happens to the job could change the answer."""


class _Row(NamedTuple):
    """What of a row decides when to judge: the job is looked at again when one of these differs."""

    spec: Job
    key: str
    override: Override | None


class Judge:
    """Looks at each job that expects something at the next moment that could make it late, and at no other.

    A hint, as every wake is: what is late is computed from the ledger. `settled` returns once the ledger has the end of
    every run that has ended: it is awaited before anything is judged.
    """

    def __init__(
        self, *, store: Store, clock: Clock, planner: Planner, settled: Callable[[], Awaitable[object]]
    ) -> None:
        self._store, self._clock, self._planner, self._settled = store, clock, planner, settled
        planner.judging.on_change, planner.judging.on_late = self._look_soon, self._wake
        self._rows: dict[str, _Row] = {}
        self._wanted: dict[str, None] = {}
        self._next: dict[str, datetime] = {}
        self._order: list[tuple[datetime, str]] = []
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to judge."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._serve(), name="judge")

    def follow(self, job: RecordedJob) -> None:
        """Judge a live job from now on, soon where its row is another than before; others cost a look at their spec."""
        if not lateness.expects(job.spec):
            if job.uid in self._rows:
                self.forget(job.uid)
            return
        row = _Row(job.spec, job.key, job.override)
        if self._rows.get(job.uid) != row:
            self._rows[job.uid] = row
            self._look(job.uid)

    def forget(self, uid: str) -> None:
        """Judge a removed job no more."""
        for each in (self._rows, self._wanted, self._next):
            each.pop(uid, None)

    def look_at_all(self) -> None:
        """Judge every job soon: the clock was set, or the machine was asleep."""
        self._wanted = dict.fromkeys(self._rows)
        self._changed.set()

    async def stop(self, *, at_once: bool) -> None:
        """Judge what has passed, unless it is to end at once, and stop."""
        task, self._task, self._loop = self._task, None, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait([task])
        try:
            while not at_once and (due := self._due()):
                await self._judge(due)
            self._tell()
        except StoreError:
            return  # the next start judges it

    def _look(self, uid: str) -> None:
        self._wanted[uid] = None
        self._changed.set()

    def _look_soon(self, uid: str) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._look, uid)

    def _wake(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._changed.set)

    async def _serve(self) -> None:
        while True:
            self._changed.clear()
            due = self._due()
            try:
                if due:
                    await self._judge(due)
                elif self._planner.judging.found:
                    # Units are written in order: after this one, what was found in another is on record.
                    await self._store.write(lambda _tx: None)
                self._tell()
            except StoreError as error:  # the store tells it
                if faults.is_final(error):
                    return
                self._wanted |= dict.fromkeys(due)
                await self._clock.sleep(RETRY_SECONDS)
            if not due:
                await waiting.for_hint(self._changed, clock=self._clock, seconds=self._seconds_left())

    def _seconds_left(self) -> float | None:
        """Return how long it is until the next moment, None where there is none."""
        return max((self._order[0][0] - self._clock.now()).total_seconds(), 0.0) if self._order else None

    def _due(self) -> Sequence[str]:
        """Return the jobs that are to be judged now, as many as one unit takes; they are no longer waited for."""
        now = self._clock.now()
        while self._order and (self._order[0][0] <= now or self._next.get(self._order[0][1]) != self._order[0][0]):
            at, uid = heapq.heappop(self._order)
            if self._next.get(uid) == at:
                del self._next[uid]
                self._wanted[uid] = None
        due = list(islice(self._wanted, JOBS_A_UNIT))
        for uid in due:
            del self._wanted[uid]
        return due

    async def _judge(self, due: Sequence[str]) -> None:
        await self._settled()
        try:
            looks = await self._store.write(partial(_judge_all, due=due, planner=self._planner, now=self._clock.now()))
        except StoreError:
            raise
        except Exception:
            # A unit that raises is undone whole: one by one, so that one job's bug holds back no other.
            if len(due) > 1:
                for uid in due:
                    await self._judge([uid])
            else:
                self._rows.pop(due[0], None)  # the next resync looks at it again
                log.exception("Judging failed", extra={"event": "judging_failed", "uid": due[0]})
            return
        for uid, at in looks.items():
            self._next.pop(uid, None)
            if at is not None:
                self._next[uid] = at
                heapq.heappush(self._order, (at, uid))

    def _tell(self) -> None:
        found = self._planner.judging.found
        while found:
            _say_late(found.popleft())


def _judge_all(tx: Transaction, *, due: Iterable[str], planner: Planner, now: datetime) -> _Looks:
    looks: _Looks = {}
    for uid in due:
        try:
            job = tx.job(uid)
        except StoreError:
            continue  # its spec cannot be read; `unreadable` names it
        if job is None or job.removed_at is not None:
            continue
        kept = planner.judging.judge(tx, job, now=now)
        looks[uid] = None if kept is None else planner.judging.next_look(tx, job, kept, now=now)
    return looks


def _say_late(breach: Breach) -> None:
    facts = {"event": LATE_EVENT, "job": breach.job, "expectation": str(breach.late.expectation)}
    log.warning("Job is late", extra={**facts, "since": breach.late.since})
