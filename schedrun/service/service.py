"""What `schedrun run` runs: manifests that drive a live scheduler, from the start to the end of a process."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import TypeVar

from schedrun.core.errors import StoreError
from schedrun.core.schedule.fires import Fires
from schedrun.core.status import RunStatus
from schedrun.protocols import Clock, Reader, Timer
from schedrun.scheduler.declarations import SchedulerConfig
from schedrun.scheduler.engine import Engine
from schedrun.scheduler.live import LiveScheduler
from schedrun.scheduler.planning import Claim
from schedrun.service.manifests import Manifests
from schedrun.service.upkeep import Upkeep, cancelled
from schedrun.settings import Settings
from schedrun.targets.orphans import Orphans

T = TypeVar("T")


class Service:
    """Manifests driving a live scheduler, from `start` to `stop`."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        environ: Mapping[str, str],
        timer: Timer | None = None,
        orphans: Orphans | None = None,
    ) -> None:
        """Take what it runs from; `orphans` where this process adopts them."""
        self.settings = settings
        self.manifests = Manifests(settings, clock=clock, environ=environ, orphans=orphans)
        config = SchedulerConfig(state=settings.state, drain_timeout=settings.drain_timeout.total_seconds())
        side = self.manifests.side(settings.limits)
        self.live = LiveScheduler(config, None, clock=clock, timer=timer, manifests=side, stands_by=False)
        self.upkeep = Upkeep(
            clock=clock, retention=settings.retention, logs_dir=settings.logs_dir, manifests=self.manifests
        )
        self.live.accompany(self.upkeep)
        self._asked: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Take the state, apply the manifests, fire, and follow every edit.

        Raises StateLockedError when another process is active on the state, StoreError when it cannot be used.
        """
        await self.live.start()

    async def run_once(self) -> int:
        """Apply the manifests, run what is due or queued, wait for it; return how many jobs or runs failed.

        A failed job is one whose due fires could not be planned. Give the service a `NoTimer`: what comes due while
        it waits is left to the next start.
        """
        self.upkeep.only_answers = True
        await self.live.start()
        engine = self._engine()
        engine.fire_no_more()
        await _first_of(engine.settle(), engine.wait_failed())
        if engine.failure is not None:
            raise engine.failure
        return engine.dispatcher.given_up + engine.runner.unsuccessful

    async def wait_failed(self) -> StoreError:
        """Return why this service must stop, once the state cannot be used any more."""
        return await self._engine().wait_failed()

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Ask the ledger."""
        return await self._engine().store.read(query)

    def ask_to_reconcile(self) -> None:
        """Apply the manifests as soon as they hold still: a signal handler's way to ask."""
        task = asyncio.create_task(self._reconcile_once(), name="reconcile on request")
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    def cut_short(self) -> None:
        """End what still runs as interrupted, without waiting for it; what is queued waits for the next start."""
        if self.live.engine is None:
            return
        self.live.engine.planner.may_start = False  # or the end of one run would begin another
        for claim in self.active_runs:
            self.live.engine.runner.cancel(claim.run.id, status=RunStatus.INTERRUPTED)

    @property
    def active_runs(self) -> tuple[Claim, ...]:
        """What runs now."""
        return () if self.live.engine is None else self.live.engine.runner.active

    async def stop(self) -> None:
        """Stop firing, drain, cut what still runs, and let another process have the state; idempotent."""
        await cancelled(self._asked)
        await self.live.shutdown(drain=self.settings.drain_timeout)
        await self.manifests.close()

    def _engine(self) -> Engine:
        if self.live.engine is None:
            raise RuntimeError("the service is not started")
        return self.live.engine

    async def _reconcile_once(self) -> None:
        await self.manifests.settled()
        await self.manifests.reconcile()


class NoTimer:
    """A `Timer` that never wakes: only what is due already runs."""

    def start(self, on_wake: Callable[[str], None]) -> None:
        """See `Timer.start`."""

    def arm(self, uid: str, compiled: Fires, *, after: object) -> None:
        """See `Timer.arm`."""

    def disarm(self, uid: str) -> None:
        """See `Timer.disarm`."""

    def wake_up(self) -> None:
        """See `Timer.wake_up`."""

    def stop(self) -> None:
        """See `Timer.stop`."""


async def _first_of(*waits: Coroutine[object, object, object]) -> None:
    """Return when one of them does, or raise what it raises; the others are cancelled."""
    tasks = {asyncio.create_task(wait) for wait in waits}
    done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    await asyncio.wait(tasks)
    for task in done:
        task.result()
