"""The `Backend` of a live scheduler, active or on standby."""

import asyncio
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from schedrun.core.errors import StoreError
from schedrun.core.plan.change import Plan
from schedrun.core.run.recorded import RecordedJob, Request
from schedrun.core.schedule.fires import Fires
from schedrun.protocols import Clock, Reader, Store
from schedrun.reconcile import requests
from schedrun.reconcile.requests import Answer
from schedrun.scheduler.live import LiveScheduler
from schedrun.scheduler.planning import Planner
from schedrun.scheduler.watched_store import WatchedStore
from schedrun.service.upkeep import Upkeep
from schedrun.settings import Settings
from schedrun.web.backend import Process

T = TypeVar("T")

_LOOK_SECONDS = 0.05
_A_STORE = 1 << 48
"""More than one store's versions: those of the next store begin above them."""


class LiveBackend:
    """See `Backend`: reads from the ledger, and acts through the requests in it, whoever is active."""

    def __init__(self, live: LiveScheduler, upkeep: Upkeep) -> None:
        self._live, self._upkeep = live, upkeep
        self.clock: Clock = live.clock
        self.logs_dir: Path | None = None if live.state is None else Settings(state=live.state).logs_dir
        self._planner = Planner()
        self._asked: Store | None = None
        self._stores = 0
        self._version = 0
        self._opening: asyncio.Task[None] | None = None

    async def read(self, query: Callable[[Reader], T]) -> T:
        """See `Backend.read`. Raises SchedulerStoppedError before the start and after the end."""
        return await (await self._ledger()).read(query)

    async def ask(self, verb: str, arguments: dict[str, object], *, by: str, request_id: str | None = None) -> Answer:
        """See `Backend.ask`."""
        ledger = await self._ledger()
        request = Request(request_id or uuid.uuid4().hex, verb, arguments, by, self.clock.now())
        if self._live.engine is None:
            return await requests.ask(ledger, request, clock=self.clock)
        return await self._ask_ourselves(ledger, request)

    async def plan(self) -> Plan | None:
        """See `Backend.plan`."""
        manifests = self._upkeep.manifests
        return None if manifests is None else await manifests.plan(await self._ledger())

    def fires(self, job: RecordedJob) -> Fires:
        """See `Backend.fires`."""
        engine = self._live.engine
        return (self._planner if engine is None else engine.planner).fires(job)

    def process(self) -> Process:
        """See `Backend.process`."""
        if self._live.engine is not None:
            return Process("active", os.getpid(), os.getpid())
        holder = self._live.holder
        return Process("standby", None if holder is None else holder.pid, os.getpid())

    def version(self) -> int:
        """See `Backend.version`."""
        store = self._asked if self._live.engine is None else self._live.engine.store
        if store is None:
            self._open_soon()
            return self._version
        self._note(store)
        own = store.writes if isinstance(store, WatchedStore) else 0
        try:
            self._version = self._stores * _A_STORE + store.version() + own
        except StoreError:
            self._asked = None  # it was closed, or cannot be read just now
        return self._version

    async def _ledger(self) -> Store:
        ledger = await self._live.ledger()
        self._note(ledger)
        return ledger

    def _note(self, store: Store) -> None:
        if store is not self._asked:
            self._asked = store
            self._stores += 1

    def _open_soon(self) -> None:
        """Open the ledger on standby: who only wants to know whether something happened does not ask it anything."""
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open(), name="open the ledger")

    async def _open(self) -> None:
        try:
            await self._ledger()
        except StoreError:
            return  # not yet: it is asked for again

    async def _ask_ourselves(self, ledger: Store, request: Request) -> Answer:
        """Ask this process, without waiting until it looks whether another one has asked something."""
        answering: asyncio.Task[None] | None = None

        async def look() -> None:
            nonlocal answering
            if answering is None:
                answering = asyncio.create_task(self._upkeep.answer_now(), name="answer own request")
            pause = asyncio.create_task(self.clock.sleep(_LOOK_SECONDS))
            await asyncio.wait({pause} if answering.done() else {answering, pause}, return_when=asyncio.FIRST_COMPLETED)
            pause.cancel()

        return await requests.ask(ledger, request, clock=self.clock, look=look)
