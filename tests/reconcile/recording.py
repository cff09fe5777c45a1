"""A live side that only remembers what it was told, and manifests that tests set."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import TypeVar

from schedrun.core.plan.desired import Desired
from schedrun.core.run.recorded import RecordedJob
from schedrun.protocols import Clock, Store, Transaction
from schedrun.reconcile.reconciler import Reconciler
from schedrun.scheduler.planning import Claim, Planner
from schedrun.scheduler.rows import Live
from schedrun.stores.memory import MemoryStore

T = TypeVar("T")


class RecordingLive:
    """A `Live` over a memory store; `calls` lists what it was told, in order."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store if store is not None else MemoryStore()
        self.planner = Planner()
        self.turn = asyncio.Lock()
        self.calls: list[tuple[str, tuple[str, ...]]] = []

    async def arm(self, jobs: Sequence[RecordedJob]) -> None:
        self.calls.append(("arm", tuple(job.key for job in jobs)))

    async def disarm(self, uids: Iterable[str]) -> None:
        self.calls.append(("disarm", tuple(uids)))

    def submit(self, claims: Iterable[Claim], cancels: Iterable[str] = ()) -> None:
        told = tuple(claim.job.key for claim in claims)
        if told:
            self.calls.append(("submit", told))
        if cancelled := tuple(cancels):
            self.calls.append(("cancel", cancelled))

    def cancel(self, run_id: str, *, by: str) -> bool:
        self.calls.append(("cancel", (run_id,)))
        return True

    async def verdicts_written(self) -> None:
        self.calls.append(("verdicts written", ()))

    async def put(self, *rows: RecordedJob) -> None:
        """Write rows."""

        def unit(tx: Transaction) -> None:
            for row in rows:
                tx.put_job(row)

        await self.store.write(unit)


class Manifests:
    """What `load` returns; `loads` counts how often it was asked. `gate`, while it is closed, keeps a load waiting."""

    def __init__(self, desired: Desired) -> None:
        self.desired = desired
        self.loads = 0
        self.begun = threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()

    def load(self) -> Desired:
        """Return what is desired."""
        self.loads += 1
        seen = self.desired
        self.begun.release()
        assert self.gate.wait(timeout=120)
        return seen


class SlowToAnswer(MemoryStore):
    """A store that commits at once; while `answers` is clear its callers do not hear of it. `committed` tells tests."""

    def __init__(self) -> None:
        super().__init__()
        self.committed, self.answers = asyncio.Event(), asyncio.Event()

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        result = await super().write(unit)
        self.committed.set()
        await self.answers.wait()
        return result


def reconciler(live: Live, manifests: Manifests, *, clock: Clock) -> Reconciler:
    """Return a reconciler whose uids are `new 1`, `new 2` and so on."""
    numbers = count(1)
    return Reconciler(live, load=manifests.load, paths=["jobs"], clock=clock, new_uid=lambda: f"new {next(numbers)}")
