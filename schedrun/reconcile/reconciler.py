"""The orchestrator: it orders the steps from the files to the live timers, and decides nothing itself."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.ids import JobKey
from schedrun.core.plan import guard
from schedrun.core.plan.change import Plan
from schedrun.core.plan.desired import Desired
from schedrun.core.plan.plan import make_plan
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin
from schedrun.protocols import Clock
from schedrun.reconcile.apply import Applied, apply
from schedrun.scheduler.rows import Live, despite_cancel

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One pass: what the manifests want, what the plan was, what took effect."""

    desired: Desired
    plan: Plan
    applied: Applied


class Reconciler:
    """Makes the rows, and after them the live scheduler, match the manifests.

    `load` reads and checks the whole tree and is called off the event loop; `paths` are what it reads, as
    people gave them. `new_uid` returns an identity that no job ever had. `refusal` says why a job of this spec
    cannot run here, None when it can; `unheard` which of its fields tell nobody here, each with the reason.
    """

    def __init__(
        self,
        live: Live,
        *,
        load: Callable[[], Desired],
        paths: Sequence[str],
        clock: Clock,
        new_uid: Callable[[], str],
        refusal: Callable[[Job], str | None] = lambda _spec: None,
        unheard: Callable[[Job], Iterable[tuple[str, str]]] = lambda _spec: (),
    ) -> None:
        self.paths = tuple(paths)
        self._live, self._load, self._clock, self._new_uid, self._refusal = live, load, clock, new_uid, refusal
        self._unheard = unheard
        self._turn = asyncio.Lock()
        self._passes_begun = 0
        self._last: tuple[int, Reconciled] | None = None
        self._reported_broken: frozenset[Diagnostic] = frozenset()
        self._reported_blocked: dict[JobKey, str] = {}

    async def reconcile(self, *, allow_remove: int | None = None, confirmed: Collection[JobKey] = ()) -> Reconciled:
        """Bring everything to what the manifests say now; return once the timers follow.

        Passes run one after another. Callers that wait at the same time share one pass that begins after
        they asked. `allow_remove` confirms that many removals: RemovalCountError is raised, and nothing
        applied, when the plan has another number; `confirmed` those of these jobs: NotHeldBackError is raised when one
        of them is not held back. StoreError leaves everything as it was.
        """
        asked_at = self._passes_begun
        async with self._turn:
            if allow_remove is None and not confirmed and self._last is not None and self._last[0] > asked_at:
                return self._last[1]
            self._passes_begun += 1
            begun = self._passes_begun
            reconciled = await self._pass(allow_remove, confirmed)
            self._last = (begun, reconciled)
            return reconciled

    async def _pass(self, allow_remove: int | None, confirmed: Collection[JobKey]) -> Reconciled:
        desired = await asyncio.to_thread(self._load)
        recorded = await self._live.store.read(lambda reader: reader.jobs(tombstones=True))
        plan = await asyncio.to_thread(self._plan, desired, recorded, allow_remove=allow_remove, confirmed=confirmed)
        applied = await despite_cancel(self._carry_out(plan), name="reconcile")
        self._report(plan, applied)
        # At the first pass nobody knows yet which of the recorded jobs cannot run here.
        self._report_refused(applied.arm if self._last is not None else _standing(recorded, applied))
        return Reconciled(desired, plan, applied)

    def _plan(
        self,
        desired: Desired,
        recorded: Sequence[RecordedJob],
        *,
        allow_remove: int | None,
        confirmed: Collection[JobKey],
    ) -> Plan:
        plan = make_plan(desired, recorded, now=self._clock.now(), uids=lambda _key: self._new_uid())
        return guard.check(plan, desired, recorded=recorded, allow_remove=allow_remove, confirmed=confirmed)

    async def _carry_out(self, plan: Plan) -> Applied:
        now = self._clock.now()
        async with self._live.turn:
            applied = await self._live.store.write(
                lambda tx: apply(tx, plan, planner=self._live.planner, paths=self.paths, now=now)
            )
            # Runs first: the ledger says already that they have begun.
            self._live.submit(applied.claims, applied.cancel)
        if applied.disarm:
            await self._live.disarm(applied.disarm)
        if applied.arm:
            await self._live.arm(applied.arm)
        return applied

    def _report(self, plan: Plan, applied: Applied) -> None:
        for change in applied.changes:
            facts = {
                "event": "change_applied",
                "job": change.job,
                "action": change.action.value,
                "reason": change.reason,
            }
            log.info("Change applied", extra=facts)
        self._report_broken(plan.findings)
        self._report_blocked({change.job: change.blocked for change in plan.blocked if change.blocked is not None})

    def _report_broken(self, findings: Sequence[Diagnostic]) -> None:
        """Name each fault when it appears and each file when it is mended, never again at each resync."""
        for finding in findings:
            if finding not in self._reported_broken:
                log.error(
                    "%s: %s",
                    finding.position,
                    finding.message,
                    extra={"event": "file_broken", "code": finding.code, "hint": finding.hint},
                )
        still_broken = {finding.position.file for finding in findings}
        for file in sorted({finding.position.file for finding in self._reported_broken} - still_broken):
            log.info("File mended", extra={"event": "file_mended", "file": file})
        self._reported_broken = frozenset(findings)

    def _report_blocked(self, blocked: dict[JobKey, str]) -> None:
        for job, reason in blocked.items():
            if self._reported_blocked.get(job) != reason:
                facts = {"event": "change_blocked", "job": job, "reason": reason}
                log.warning("Change held back", extra=facts)
        self._reported_blocked = blocked

    def _report_refused(self, rows: Iterable[RecordedJob]) -> None:
        for row in rows:
            if row.origin is Origin.MANIFEST and (reason := self._refusal(row.spec)) is not None:
                facts = {"event": "target_not_allowed", "job": row.key, "reason": reason}
                log.warning("Job cannot run here: each of its runs will fail", extra=facts)
            for field, reason in self._unheard(row.spec) if row.origin is Origin.MANIFEST else ():
                facts = {"event": "channel_unusable", "job": row.key, "field": field, "reason": reason}
                log.warning("Job tells nobody here", extra=facts)


def _standing(recorded: Sequence[RecordedJob], applied: Applied) -> list[RecordedJob]:
    """Return the live rows after a pass that found `recorded`, ordered by key."""
    before = {row.uid: row for row in recorded if row.removed_at is None and row.uid not in applied.disarm}
    return sorted((before | {row.uid: row for row in applied.arm}).values(), key=lambda row: row.key)
