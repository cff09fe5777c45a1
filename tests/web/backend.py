"""A `Backend` without processes or sockets: a store, virtual time, and the real verbs on its rows."""

import asyncio
import os
import uuid
from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from schedrun.core.plan import guard
from schedrun.core.plan.change import Plan
from schedrun.core.plan.plan import make_plan
from schedrun.core.run.recorded import RecordedJob, Request
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires
from schedrun.manifest.load import Loader
from schedrun.manifest.tree import FolderTree
from schedrun.protocols import Clock, Reader, Store
from schedrun.reconcile import apply_verb, removals_verb, requests, verbs
from schedrun.reconcile.reconciler import Reconciler
from schedrun.reconcile.requests import Answer, NoAnswerError, Verb
from schedrun.scheduler.rows import RowsOnly
from schedrun.stores.memory import MemoryStore
from schedrun.web import app
from schedrun.web.access import Caller, Scope
from schedrun.web.backend import Process
from tests.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

T = TypeVar("T")

OPERATOR = Caller("ops", Scope.OPERATE)
READER = Caller("guest", Scope.READ)
STRANGER = Caller("nobody", None)


class StoreBackend:
    """A `Backend` over a store; what it plans stays queued unless `live` says more.

    `manifests` is a folder that `apply` and `plan` read, None where no manifests are followed. While `answers` is
    False nobody takes requests; `failure` is what every question to the store then raises.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        clock: VirtualClock | None = None,
        manifests: Path | None = None,
        logs_dir: Path | None = None,
        live: RowsOnly | None = None,
    ) -> None:
        self.time = clock or VirtualClock(datetime(2026, 6, 1, 12, tzinfo=UTC))
        self.clock: Clock = self.time
        self.logs_dir = logs_dir
        self.live = live or RowsOnly(store or MemoryStore(keep=10_000))
        self.store = self.live.store
        self.answers = True
        self.failure: Exception | None = None
        self.asked: list[Request] = []
        self.role = Process("active", os.getpid())
        self.writes = 0
        self._loader = None if manifests is None else Loader(FolderTree([manifests]))
        self._reconciler = None if self._loader is None else self._made_reconciler(self._loader, str(manifests))

    async def read(self, query: Callable[[Reader], T]) -> T:
        """See `Backend.read`."""
        if self.failure is not None:
            raise self.failure
        return await self.store.read(query)

    async def write(self, unit: Callable[[Any], T]) -> T:
        """Write into the ledger, as the active process does."""
        self.writes += 1
        return await self.store.write(unit)

    async def ask(self, verb: str, arguments: dict[str, object], *, by: str, request_id: str | None = None) -> Answer:
        """See `Backend.ask`; the answer is there at once."""
        request = Request(request_id or uuid.uuid4().hex, verb, arguments, by, self.clock.now())
        self.asked.append(request)
        if self.failure is not None:
            raise self.failure
        if not self.answers:
            raise NoAnswerError(verb, seconds=requests.ANSWER_SECONDS)
        await self.write(lambda tx: tx.put_request(request))
        await requests.answer_open(self.store, self.verbs(), clock=self.clock)
        closed = await self.store.read(lambda reader: reader.request(request.id))
        assert closed is not None
        return requests.answer_of(closed)

    async def plan(self) -> Plan | None:
        """See `Backend.plan`."""
        if self._loader is None:
            return None
        desired = self._loader.load()
        recorded = await self.read(lambda reader: reader.jobs(tombstones=True))
        plan = make_plan(desired, recorded, now=self.clock.now(), uids=lambda _key: "")
        return guard.check(plan, desired, recorded=recorded)

    def fires(self, job: RecordedJob) -> Fires:
        """See `Backend.fires`."""
        return fires.of(job.spec, key=job.key)

    def process(self) -> Process:
        """See `Backend.process`."""
        return self.role

    def version(self) -> int:
        """See `Backend.version`."""
        return self.writes

    async def reconcile(self) -> None:
        """Apply the manifests now."""
        assert self._reconciler is not None
        self.writes += 1
        await self._reconciler.reconcile()

    def verbs(self) -> dict[str, Verb]:
        """Return what the active process would answer."""
        known = dict(verbs.control_verbs(self.live, clock=self.clock))
        if self._reconciler is not None:
            known[apply_verb.APPLY] = apply_verb.verb(self._reconciler, settled=_at_once)
            known[removals_verb.CONFIRM_REMOVALS] = removals_verb.verb(self._reconciler, settled=_at_once)
        return known

    def _made_reconciler(self, loader: Loader, path: str) -> Reconciler:
        return Reconciler(
            self.live,
            load=loader.load,
            paths=[path],
            clock=self.clock,
            new_uid=lambda: str(uuid.uuid4()),
        )


@asynccontextmanager
async def client(backend: StoreBackend, caller: Caller = OPERATOR) -> "AsyncIterator[httpx.AsyncClient]":
    """Open a client that asks the application of `backend` as `caller`, in this process."""
    transport = httpx.ASGITransport(_as_caller(app.of(backend), caller), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as opened:
        yield opened


def _as_caller(application: Any, caller: Caller) -> Any:
    async def asked(scope: Any, receive: Any, send: Any) -> None:
        scope["schedrun.caller"] = caller
        await application(scope, receive, send)

    return asked


async def _at_once() -> None:
    """Wait for nothing."""
    await asyncio.sleep(0)
