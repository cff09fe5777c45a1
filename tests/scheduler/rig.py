"""An engine on a store that fails when it is told to, with work that ends when it is told to."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from schedrun.core.errors import StoreError
from schedrun.core.run.limits import UNLIMITED, Limits
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Event, RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin
from schedrun.protocols import Reader, RunContext, Transaction
from schedrun.scheduler.engine import Engine
from schedrun.scheduler.surroundings import ALONE, Surroundings
from schedrun.stores.memory import MemoryStore
from tests.virtual import VirtualClock, settle

T = TypeVar("T")


class FlakyStore:
    """A ledger in memory whose commits fail while `failing`: the unit runs, and nothing of it stands."""

    def __init__(self) -> None:
        self._ledger = MemoryStore()
        self.failing = False
        self.refused = 0
        self.closed = False

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        if not self.failing:
            return await self._ledger.write(unit)

        def fails(tx: Transaction) -> T:
            unit(tx)
            self.refused += 1
            raise StoreError("the disk is full")

        return await self._ledger.write(fails)

    async def read(self, query: Callable[[Reader], T]) -> T:
        return await self._ledger.read(query)

    async def verify(self) -> None:
        await self._ledger.verify()

    def version(self) -> int:
        return self._ledger.version()

    async def close(self) -> None:
        self.closed = True
        await self._ledger.close()


class Work:
    """What targets do: it goes on until `finish` or until it is told to stop; `at_once` ends it at once."""

    def __init__(self) -> None:
        self.begun: list[RunContext] = []
        self.at_once = False
        self.raises: Exception | None = None
        self.lingers: asyncio.Future[None] | None = None
        self._ends: dict[str, asyncio.Future[Outcome]] = {}

    async def execute(self, job: RecordedJob, context: RunContext) -> Outcome:
        self.begun.append(context)
        if self.raises is not None:
            raise self.raises
        if self.at_once:
            return Outcome(output="done")
        end = self._ends[context.run_id] = asyncio.get_running_loop().create_future()
        stop = asyncio.ensure_future(context.stop.wait())
        await asyncio.wait([end, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        return end.result() if end.done() else Outcome(still_running=self.lingers)

    def finish(self, run_id: str, outcome: Outcome | None = None) -> None:
        self._ends.pop(run_id).set_result(outcome or Outcome(output="done"))

    def fail(self, run_id: str) -> None:
        self.finish(run_id, Outcome(exit_code=1, error="exit code 1"))

    def goes_on(self, run_id: str) -> bool:
        return run_id in self._ends

    @property
    def fires(self) -> list[datetime]:
        """The fire times of what was begun, in that order."""
        return [context.fire_time for context in self.begun]

    @property
    def jobs(self) -> list[str]:
        """The keys of what was begun, in that order."""
        return [context.job for context in self.begun]


@dataclass
class Rig:
    """An engine and what it stands on."""

    clock: VirtualClock
    store: FlakyStore = field(default_factory=FlakyStore)
    work: Work = field(default_factory=Work)
    origins: frozenset[Origin] = frozenset(Origin)
    limits: Limits = UNLIMITED
    around: Surroundings = ALONE

    def __post_init__(self) -> None:
        self.engine = self.another()

    def another(self) -> Engine:
        """Return a new engine on the same store, as the next process would have."""
        self.engine = Engine(
            store=self.store,
            clock=self.clock,
            timer=self.clock.timer,
            execute=self.work.execute,
            origins=self.origins,
            limits=self.limits,
            around=self.around,
        )
        return self.engine

    @staticmethod
    def lingering() -> asyncio.Future[None]:
        """Return work that goes on until its result is set."""
        return asyncio.get_running_loop().create_future()

    async def begin(self, *jobs: RecordedJob) -> None:
        """Record the jobs and begin to fire."""
        await self.put(*jobs)
        await self.engine.take_over()
        await self.engine.begin()
        await settle()

    async def put(self, *values: RecordedJob | Run) -> None:
        def unit(tx: Transaction) -> None:
            for value in values:
                if isinstance(value, Run):
                    tx.insert_run(value)
                else:
                    tx.put_job(value)

        await self.store.write(unit)

    async def row(self, uid: str = "a") -> RecordedJob:
        row = await self.store.read(lambda reader: reader.job(uid))
        assert row is not None
        return row

    async def runs(self) -> list[Run]:
        """Return every run, oldest first."""
        found: Sequence[Run] = await self.store.read(lambda reader: reader.runs(limit=1_000))
        return sorted(found, key=lambda run: (run.fire_time, run.queued_at))

    async def statuses(self) -> list[str]:
        """Return the status of every run, oldest first."""
        return [str(run.status) for run in await self.runs()]

    async def spans(self) -> list[Span]:
        """Return every span, oldest first."""
        return list(reversed(await self.store.read(lambda reader: reader.spans(limit=1_000))))

    async def events(self) -> Sequence[Event]:
        return await self.store.read(lambda reader: reader.events())

    async def end(self) -> None:
        """Shut the engine down without waiting for anything."""
        self.store.failing = False
        await self.engine.shut_down(drain=timedelta(0))


def a_job(clock: VirtualClock, uid: str = "a", *, row: dict[str, Any] | None = None, **spec: Any) -> RecordedJob:
    """Return the row of a job `set/<uid>` seen now, which fires every minute unless `spec` says otherwise."""
    facts: dict[str, Any] = {"schedule": {"every": "1m"}, "target": {"command": ["true"]}} | spec
    known: dict[str, Any] = {"key": f"set/{uid}", "origin": Origin.MANIFEST, "cursor": clock.now()} | (row or {})
    return RecordedJob(uid=uid, spec=Job.model_validate(facts), **known)
