"""Turns wakes into plannings: what is due is computed from the recorded cursor, never taken from the alarm."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from itertools import islice

from schedrun.core.errors import StoreError
from schedrun.protocols import Clock, Store
from schedrun.scheduler.planning import Planner
from schedrun.scheduler.recorder import RETRY_SECONDS
from schedrun.scheduler.runner import Runner
from schedrun.stores import faults

log = logging.getLogger(__name__)

JOBS_A_UNIT = 500
"""How many jobs one unit of work plans at most: as many as came due while the last one was being committed."""


class Dispatcher:
    """A queue of job uids that want planning, each at most once in it."""

    def __init__(self, *, store: Store, clock: Clock, planner: Planner, runner: Runner) -> None:
        self._store, self._clock, self._planner, self._runner = store, clock, planner, runner
        self._due: dict[str, bool] = {}  # whether its fires are wanted too, or only what waits in the queue
        self._wanted = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._planning = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.given_up = 0
        """How many plannings of a job were given up for a bug."""

    def start(self) -> None:
        """Begin to plan what was woken."""
        self._task = asyncio.create_task(self._serve(), name="dispatcher")

    async def stop(self) -> None:
        """Stop planning; what is being written is finished, and what it claimed is started."""
        task, self._task = self._task, None
        if task is None:
            return
        async with self._planning:
            task.cancel()
        await asyncio.wait([task])

    def wake(self, uid: str) -> None:
        """Ask for a planning of the job."""
        self._want(uid, fires=True)

    def wake_waiting(self, uid: str) -> None:
        """Ask whether a queued run of the job may start now; fires that are due are left alone."""
        self._want(uid, fires=self._due.get(uid, False))

    def _want(self, uid: str, *, fires: bool) -> None:
        if not self._due:
            self._wanted.set()
            self._idle.clear()
        self._due[uid] = fires

    async def wait_idle(self) -> None:
        """Return once nothing waits to be planned."""
        await self._idle.wait()

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be planned."""
        return self._idle.is_set()

    async def _serve(self) -> None:
        while True:
            await self._wanted.wait()
            async with self._planning:
                batch = dict(islice(self._due.items(), JOBS_A_UNIT))
                for uid in batch:
                    del self._due[uid]
                if not self._due:
                    self._wanted.clear()
                written = await self._plan(batch)
                if not self._due:
                    self._idle.set()
            await (asyncio.sleep(0) if written else self._clock.sleep(RETRY_SECONDS))

    async def _plan(self, due: Mapping[str, bool]) -> bool:
        try:
            await self._runner.recorder.settle(due)
            work = await self._store.write(partial(self._planner.plan_all, due=due, now=self._clock.now()))
        except StoreError as error:  # the store tells it
            if faults.is_final(error):
                return True
            for uid, fires in due.items():
                self._want(uid, fires=fires or self._due.get(uid, False))
            return False
        except Exception as error:
            # A unit that raises is undone whole: plan one by one, so that one job's bug holds back no other.
            if len(due) > 1:
                for uid, fires in due.items():
                    await self._plan({uid: fires})
            else:
                self.given_up += 1
                facts = {"event": "planning_failed", "uid": next(iter(due)), "error": str(error)}
                log.exception("Planning failed", extra=facts)
            return True
        self._runner.carry_out(work.claims, work.cancel)
        if work.reopened:
            _tell_reopened(work.reopened)
        for job, until in work.silent.items():
            _tell_silent(job, until)
        return True


def _tell_reopened(reopened: Mapping[str, int]) -> None:
    facts = {"event": "reopened", "jobs": len(reopened), "occurrences": sum(reopened.values())}
    log.warning("Clock was set back: occurrences ahead of it that had not run are open again", extra=facts)


def _tell_silent(job: str, until: datetime) -> None:
    # Under another key, without `moved_from`, it is a job without a history.
    facts = {"event": "silent_until", "job": job, "until": until}
    log.warning("Clock was set back behind forgotten history: nothing fires until its end, or another key", extra=facts)
