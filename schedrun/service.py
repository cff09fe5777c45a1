"""The composition root: settings become a running service."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from schedrun.core.errors import StoreError
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import RecordedJob, Request
from schedrun.core.schedule.fires import Fires
from schedrun.core.status import RunStatus
from schedrun.manifest import watch
from schedrun.manifest.load import Loader
from schedrun.manifest.tree import FolderTree
from schedrun.protocols import Clock, Reader, RunContext, Timer
from schedrun.reconcile import apply_verb, prune_verb, removals_verb, requests, verbs
from schedrun.reconcile.perform import Performed, perform
from schedrun.reconcile.reconciler import Reconciler
from schedrun.reconcile.requests import Verb
from schedrun.scheduler.declarations import SchedulerConfig
from schedrun.scheduler.engine import Engine
from schedrun.scheduler.live import LiveScheduler, ManifestSide
from schedrun.scheduler.planning import Claim
from schedrun.scheduler.pruning import prune
from schedrun.scheduler.rows import Live, RowsOnly
from schedrun.secret import SecretSource
from schedrun.settings import Settings
from schedrun.stores.memory import MemoryStore
from schedrun.stores.readonly import state_exists
from schedrun.targets.orphans import Orphans
from schedrun.targets.registry import kind_of, refusal, targets

log = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_FOR_REQUESTS_SECONDS = 0.25
PRUNE_SECONDS = 3600.0
"""How long after one look for history that may be forgotten the next one comes."""

TRY_AGAIN_SECONDS = 5.0
"""How long an edit that could not be applied waits for the next try."""


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
        self.settings, self._clock = settings, clock
        secrets = SecretSource(settings.secrets_from, environ=environ, state_dir=settings.state_dir)
        self._targets = targets(
            app_dir=settings.app_dir,
            secrets=secrets,
            environ=environ,
            allowed=settings.allow_targets,
            logs=settings.logs_dir,
            roll=settings.roll_file,
            orphans=orphans,
        )
        self._tree = FolderTree(settings.paths)
        self._loader = Loader(self._tree)
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._answering: asyncio.Task[None] | None = None
        self._reconciler: Reconciler | None = None
        self._reconcile_failing: str | None = None
        config = SchedulerConfig(state=settings.state, drain_timeout=settings.drain_timeout.total_seconds())
        side = ManifestSide(
            execute=self._execute,
            before_firing=self._first_reconcile,
            limits=settings.limits,
            leftovers=self._targets,
        )
        self.live = LiveScheduler(config, None, clock=clock, timer=timer, manifests=side, stands_by=False)

    async def start(self) -> None:
        """Take the state, apply the manifests, fire, and follow every edit.

        Raises StateLockedError when another process is active on the state, StoreError when it cannot be used.
        """
        await self.live.start()
        self._begin(self._follow_edits(), name="follow edits")
        self._answering = self._begin(self._answer_requests(), name="answer requests")
        self._begin(self._prune_hourly(), name="prune hourly")
        self._begin(self._verify_state(), name="verify the state")

    async def run_once(self) -> int:
        """Apply the manifests, run what is due or queued, wait for it; return how many jobs or runs failed.

        A failed job is one whose due fires could not be planned. Give the service a `NoTimer`: what comes due while
        it waits is left to the next start.
        """
        await self.live.start()
        self._answering = self._begin(self._answer_requests(), name="answer requests")
        engine = self._engine()
        engine.fire_no_more()
        await _first_of(engine.settle(), engine.wait_failed())
        if engine.failure is not None:
            raise engine.failure
        return engine.dispatcher.given_up + engine.runner.unsuccessful

    async def reconcile(self) -> bool:
        """Apply the manifests now; False, and a line in the log, when they could not be applied."""
        if self._reconciler is None:
            return False
        try:
            await self._reconciler.reconcile()
        except StoreError as error:
            if str(error) != self._reconcile_failing:  # it is tried again and again
                facts = {"event": "reconcile_failed", "error": str(error)}
                log.error("Reconcile failed", extra=facts)  # noqa: TRY400  the error says it whole
            self._reconcile_failing = str(error)
            return False
        except Exception:
            # A bug that one edit meets must not end the following of all later ones.
            log.exception("Reconcile failed", extra={"event": "reconcile_failed"})
            return False
        self._reconcile_failing = None
        return True

    async def wait_failed(self) -> StoreError:
        """Return why this service must stop, once the state cannot be used any more."""
        return await self._engine().wait_failed()

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Ask the ledger."""
        return await self._engine().store.read(query)

    def ask_to_reconcile(self) -> None:
        """Apply the manifests as soon as they hold still: a signal handler's way to ask."""
        self._begin(self._reconcile_once(), name="reconcile on request")

    def cut_short(self) -> None:
        """End what still runs as interrupted, without waiting for it; what is queued waits for the next start."""
        if self.live.engine is None:
            return
        self.live.engine.planner.may_start = False  # or the end of one run would begin another
        for claim in self.active_runs:
            self.live.engine.runner.cancel(claim.run.id, status=RunStatus.INTERRUPTED)

    async def _reconcile_once(self) -> None:
        await self._settled()
        await self.reconcile()

    async def _settled(self) -> None:
        """Return once the manifests hold still: whoever is not told by the watch may come in the middle of a save."""
        await watch.settled(self._tree, clock=self._clock)

    @property
    def active_runs(self) -> tuple[Claim, ...]:
        """What runs now."""
        return () if self.live.engine is None else self.live.engine.runner.active

    async def stop(self) -> None:
        """Stop firing, drain, cut what still runs, and let another process have the state; idempotent."""
        self._stopping.set()
        await _cancelled(self._tasks - {self._answering})
        # Requests are answered until the drain is over: it may wait for the very run that someone wants to cancel.
        await self.live.shutdown(drain=self.settings.drain_timeout)
        await _cancelled(self._tasks)
        await self._targets.close()

    def _begin(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _engine(self) -> Engine:
        if self.live.engine is None:
            raise RuntimeError("the service is not started")
        return self.live.engine

    async def _first_reconcile(self, engine: Engine) -> None:
        self._reconciler = _reconciler(engine, self._loader, self.settings, self._clock)
        await self._settled()
        await self._reconciler.reconcile()
        for finding in await engine.store.read(lambda reader: reader.unreadable()):
            facts = {"event": "job_unreadable", "code": finding.code, "hint": finding.hint}
            log.error("%s: %s", finding.position, finding.message, extra=facts)
        groups = {row.spec.group for row in await engine.store.read(lambda reader: reader.jobs())}
        for name in sorted(self.settings.group.keys() - groups):
            log.warning("No job is in a group that is limited", extra={"event": "group_unknown", "group": name})

    async def _execute(self, job: RecordedJob, context: RunContext) -> Outcome:
        return await self._targets.run(job.spec.target, context)

    async def _follow_edits(self) -> None:
        """Apply each edit, trying until it is applied: no second hint comes for it."""
        while not self._stopping.is_set():
            try:
                async for _ in watch.changes(self._tree, clock=self._clock, stop=self._stopping):
                    while not await self.reconcile():
                        await self._clock.sleep(TRY_AGAIN_SECONDS)
            except Exception:
                log.exception("Watching the manifests failed, beginning anew", extra={"event": "watch_failed"})
                await self._clock.sleep(TRY_AGAIN_SECONDS)

    async def _prune_hourly(self) -> None:
        """Forget what is too old or too much, now and each hour."""
        store, settings = self._engine().store, self.settings
        while True:
            try:
                await prune(store, settings.retention, clock=self._clock, logs_dir=settings.logs_dir)
            except (StoreError, OSError) as error:
                facts = {"event": "pruning_failed", "error": str(error)}
                log.warning("Old history not forgotten, trying again in an hour", extra=facts)
            except Exception:
                log.exception("Old history not forgotten", extra={"event": "pruning_failed"})
            await self._clock.sleep(PRUNE_SECONDS)

    async def _verify_state(self) -> None:
        """Look at what the start left out of a large state; damage ends the service."""
        with suppress(StoreError):  # the engine's store tells it, and ends the service where no waiting mends it
            await self._engine().store.verify()

    async def _answer_requests(self) -> None:
        """Look four times a second whether another process has written, and answer what it asks."""
        assert self._reconciler is not None  # set before the first fire
        engine = self._engine()
        store = engine.store
        known = {
            apply_verb.APPLY: apply_verb.verb(self._reconciler, settled=self._settled),
            removals_verb.CONFIRM_REMOVALS: removals_verb.verb(self._reconciler, settled=self._settled),
            **verbs.control_verbs(engine, clock=self._clock),
            prune_verb.PRUNE: prune_verb.verb(
                engine, logs_dir=self.settings.logs_dir, retention=self.settings.retention, clock=self._clock
            ),
        }
        seen: int | None = None
        while self.live.engine is engine:
            try:
                version = store.version()
                if version != seen:
                    seen = version
                    await requests.answer_open(store, known, clock=self._clock)
            except StoreError:  # the store tells it
                if self.live.engine is not engine:
                    return  # closed: what was not answered is for the next process
                seen = None  # what was not answered is still open
            await self._clock.sleep(LOOK_FOR_REQUESTS_SECONDS)


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


async def apply_now(settings: Settings, request: Request, *, clock: Clock) -> Performed:
    """Have the verb `apply` done: by the running service when there is one, else here, starting nothing.

    What came due stays queued for the next `schedrun run`.

    Raises SchedrunError when the service refuses or does not answer, RemovalCountError for a wrong `allow_remove`,
    StoreError when the state cannot be used.
    """

    def here(live: Live) -> Mapping[str, Verb]:
        reconciler = _reconciler(live, Loader(FolderTree(settings.paths)), settings, clock)
        return {apply_verb.APPLY: apply_verb.verb(reconciler, settled=_at_once)}

    if request.arguments.get("allow_remove") is not None and not state_exists(settings.state):
        # What is refused leaves no empty state behind.
        await here(RowsOnly(MemoryStore()))[apply_verb.APPLY](request)
    return await perform(request, state=settings.state, verbs=here, clock=clock)


async def _at_once() -> None:
    """Wait for nothing: who applies by hand knows when the manifests are ready."""


async def _cancelled(tasks: Iterable[asyncio.Task[None] | None]) -> None:
    """Cancel the tasks and return when each has ended."""
    going = {task for task in tasks if task is not None}
    for task in going:
        task.cancel()
    if going:
        await asyncio.wait(going)


async def _first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Return when one of them does, or raise what it raises; the others are cancelled."""
    tasks = {asyncio.create_task(wait) for wait in waits}
    done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    await asyncio.wait(tasks)
    for task in done:
        task.result()


def _reconciler(live: Live, loader: Loader, settings: Settings, clock: Clock) -> Reconciler:
    return Reconciler(
        live,
        load=loader.load,
        paths=[str(path) for path in settings.paths],
        clock=clock,
        new_uid=lambda: str(uuid.uuid4()),
        refusal=lambda spec: refusal(kind_of(spec.target), allowed=settings.allow_targets),
    )
