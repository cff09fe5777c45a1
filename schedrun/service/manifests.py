"""The manifests' side of a scheduler: read, applied, followed, and how the jobs in them run."""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import partial

from schedrun.core.errors import StoreError
from schedrun.core.plan import guard
from schedrun.core.plan.change import Plan
from schedrun.core.plan.plan import make_plan
from schedrun.core.run.limits import Limits
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.spec.job import Job
from schedrun.manifest import watch
from schedrun.manifest.load import Loader
from schedrun.manifest.tree import FolderTree
from schedrun.notify.registry import Registry
from schedrun.protocols import Clock, RunContext, Store
from schedrun.reconcile import apply_verb, removals_verb
from schedrun.reconcile.reconciler import Reconciler
from schedrun.reconcile.requests import Verb
from schedrun.scheduler.engine import Engine
from schedrun.scheduler.live import ManifestSide
from schedrun.scheduler.rows import Live
from schedrun.secret import SecretSource
from schedrun.settings import Settings
from schedrun.targets.orphans import Orphans
from schedrun.targets.registry import kind_of, refusal, targets

log = logging.getLogger(__name__)

TRY_AGAIN_SECONDS = 5.0
"""How long an edit that could not be applied waits for the next try."""

RECONCILE_SECONDS = 30.0
"""How long after one reconcile the next one comes, whether something changed or not: what was reconciled longer ago
than a minute counts as out of hand."""


class Manifests:
    """What one process makes of the manifests that its settings name, on whichever engine it has at the time."""

    def __init__(
        self, settings: Settings, *, clock: Clock, environ: Mapping[str, str], orphans: Orphans | None = None
    ) -> None:
        """Take what it reads and runs from; `orphans` where this process adopts them."""
        self._settings, self._clock = settings, clock
        secrets = SecretSource(settings.secrets_from, environ=environ, state_dir=settings.state_dir)
        self._new_targets = partial(
            targets,
            app_dir=settings.app_dir,
            secrets=secrets,
            environ=environ,
            allowed=settings.allow_targets,
            logs=settings.logs_dir,
            roll=settings.roll_file,
            orphans=orphans,
        )
        self._targets = self._new_targets()
        self._notifiers = Registry(
            secrets=secrets,
            mail_server=settings.smtp_url,
            sender=settings.smtp_from,
            pages=None if settings.no_web else settings.public_url,
        )
        self._tree = FolderTree(settings.paths)
        self._loader = Loader(self._tree)
        self._looking = asyncio.Lock()
        self._looked_at = Loader(FolderTree(settings.paths))
        self._reconciler: Reconciler | None = None
        self.failing: str | None = None
        """Why the manifests could not be applied when that was tried last, None where they could."""

    def side(self, limits: Limits) -> ManifestSide:
        """Return what a scheduler needs to run these jobs, at most as many at once as `limits` say."""
        return ManifestSide(
            execute=self._execute,
            before_firing=self._first_reconcile,
            limits=limits,
            leftovers=self,
            notifiers=self._notifiers,
            logs=self._settings.logs_dir,
        )

    async def reconcile(self) -> bool:
        """Apply the manifests now; False, and a line in the log, when they could not be applied."""
        if self._reconciler is None:
            return False
        failing = self.failing
        try:
            await self._reconciler.reconcile()
        except StoreError as error:
            self.failing = str(error)
            if self.failing != failing:  # it is tried again and again
                facts = {"event": "reconcile_failed", "error": str(error)}
                log.error("Reconcile failed", extra=facts)  # noqa: TRY400  the error says it whole
            return False
        except Exception as error:
            # A bug that one edit meets must not end the following of all later ones.
            self.failing = f"{type(error).__name__}, see the log"
            log.exception("Reconcile failed", extra={"event": "reconcile_failed"})
            return False
        self.failing = None
        return True

    async def settled(self) -> None:
        """Return once the manifests hold still: whoever is not told by the watch may come in the middle of a save."""
        await watch.settled(self._tree, clock=self._clock)

    async def follow(self, *, stop: asyncio.Event) -> None:
        """Apply each edit, trying until it is applied (no second hint comes for it), until `stop` is set."""
        while not stop.is_set():
            try:
                async for _ in watch.changes(self._tree, clock=self._clock, stop=stop):
                    while not await self.reconcile():
                        await self._clock.sleep(TRY_AGAIN_SECONDS)
            except Exception:
                log.exception("Watching the manifests failed, beginning anew", extra={"event": "watch_failed"})
                await self._clock.sleep(TRY_AGAIN_SECONDS)

    async def repeat(self) -> None:
        """Apply the manifests now and then, so that the ledger tells how fresh it is, and what drifted comes back."""
        while True:
            await self._clock.sleep(RECONCILE_SECONDS)
            try:
                await self.settled()
                await self.reconcile()
            except Exception:
                log.exception("Reconcile failed", extra={"event": "reconcile_failed"})

    def verbs(self) -> Mapping[str, Verb]:
        """Return what may be asked of an active process that follows manifests."""
        assert self._reconciler is not None  # it was set before the first fire
        return {
            apply_verb.APPLY: apply_verb.verb(self._reconciler, settled=self.settled),
            removals_verb.CONFIRM_REMOVALS: removals_verb.verb(self._reconciler, settled=self.settled),
        }

    async def plan(self, ledger: Store) -> Plan:
        """Compare the manifests as they lie there with the jobs of `ledger`; any process may ask."""
        async with self._looking:
            desired = await asyncio.to_thread(self._looked_at.load)
        recorded = await ledger.read(lambda reader: reader.jobs(tombstones=True))
        plan = await asyncio.to_thread(make_plan, desired, recorded, now=self._clock.now(), uids=lambda _key: "new")
        return guard.check(plan, desired, recorded=recorded)

    async def marks(self) -> Collection[str]:
        """See `Leftovers.marks`."""
        return await self._targets.marks()

    async def end(self, kill_after: Mapping[str, float]) -> Mapping[str, Awaitable[object]]:
        """See `Leftovers.end`."""
        return await self._targets.end(kill_after)

    async def close(self) -> None:
        """End what the targets of the jobs keep open; the next start has new ones."""
        ended, self._targets = self._targets, self._new_targets()
        await ended.close()

    async def _first_reconcile(self, engine: Engine) -> None:
        unheard = self._notifiers.refusals
        self._reconciler = reconciler(engine, self._loader, settings=self._settings, clock=self._clock, unheard=unheard)
        await self.settled()
        await self._reconciler.reconcile()
        self.failing = None
        for finding in await engine.store.read(lambda reader: reader.unreadable()):
            facts = {"event": "job_unreadable", "code": finding.code, "hint": finding.hint}
            log.error("%s: %s", finding.position, finding.message, extra=facts)
        groups = {row.spec.group for row in await engine.store.read(lambda reader: reader.jobs())}
        for name in sorted(self._settings.group.keys() - groups):
            log.warning("No job is in a group that is limited", extra={"event": "group_unknown", "group": name})

    def _execute(self, job: RecordedJob, context: RunContext) -> Awaitable[Outcome]:
        return self._targets.run(job.spec.target, context)


def reconciler(
    live: Live,
    loader: Loader,
    *,
    settings: Settings,
    clock: Clock,
    unheard: Callable[[Job], Iterable[tuple[str, str]]] = lambda _spec: (),
) -> Reconciler:
    """Return what applies the manifests of `settings` to `live`; `unheard` says which fields of a job tell nobody."""
    return Reconciler(
        live,
        load=loader.load,
        paths=[str(path) for path in settings.paths],
        clock=clock,
        new_uid=lambda: str(uuid.uuid4()),
        refusal=lambda spec: refusal(kind_of(spec.target), allowed=settings.allow_targets),
        unheard=unheard,
    )
