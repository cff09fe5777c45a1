"""One unit of work that makes the rows say what a plan says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schedrun.core.plan import fields
from schedrun.core.plan.change import Action, Change, Plan
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.run.recorded import BlockedRemoval, RecordedJob, SyncRecord
from schedrun.core.status import Origin
from schedrun.protocols import Transaction
from schedrun.scheduler import transitions
from schedrun.scheduler.planning import Claim, Planned, Planner


@dataclass(frozen=True, slots=True)
class Applied:
    """What the unit did, and what must follow its commit.

    `changes` are those that took effect, noop left out. `arm` are rows whose timers must follow them,
    `disarm` the uids of removed jobs, `claims` runs to start and `cancel` ids of running runs to cancel.
    """

    changes: tuple[Change, ...] = ()
    arm: tuple[RecordedJob, ...] = ()
    disarm: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    cancel: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Effect:
    """What one change did: the row it left behind, and whether a timer must follow it."""

    row: RecordedJob
    timer: bool = True
    claims: tuple[Claim, ...] = ()
    cancel: tuple[str, ...] = ()


def apply(tx: Transaction, plan: Plan, *, planner: Planner, paths: Sequence[str], now: datetime) -> Applied:
    """Write every change of `plan` that is not blocked, and what this reconcile attempted and applied.

    Cursor and override are those of the row at this moment, not those the plan saw. A change that the row
    shows already is skipped, so that applying a plan twice writes nothing but the sync row the second time.
    """
    effects = [
        (change, effect)
        for change in plan.changes
        if not change.leaves_row and (effect := _Writer(tx, planner, plan.revision, now).write(change)) is not None
    ]
    tx.put_sync(_sync_record(tx.sync(), plan, paths, now))
    touched = [effect for _, effect in effects if effect.timer]
    return Applied(
        changes=tuple(change for change, _ in effects if change.action is not Action.NOOP and change.blocked is None),
        arm=tuple(effect.row for effect in touched if effect.row.removed_at is None),
        disarm=tuple(effect.row.uid for effect in touched if effect.row.removed_at is not None),
        claims=tuple(claim for effect in touched for claim in effect.claims),
        cancel=tuple(run_id for effect in touched for run_id in effect.cancel),
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes changes within one transaction, at one moment."""

    tx: Transaction
    planner: Planner
    revision: str
    now: datetime

    def write(self, change: Change) -> _Effect | None:
        """Bring the row to what the change says; None when it says so already."""
        row = self.tx.job(change.uid)
        if change.blocked is not None:
            return self._hold(row, change.blocked) if row is not None else None
        if change.after is None:
            return self._remove(row) if row is not None and row.removed_at is None else None
        if row is None:
            return self._first_sight(change.uid, change.after)
        if row.removed_at is not None:
            return self._revive(row, change.after) if change.revives else None
        return self._amend(row, change, change.after)

    def _hold(self, row: RecordedJob, reason: str) -> _Effect | None:
        if row.removed_at is not None or row.held == reason:
            return None
        return self._put(row, row._replace(held=reason), timer=False)

    def _remove(self, row: RecordedJob) -> _Effect:
        return _effect(transitions.remove(self.tx, row, planner=self.planner, now=self.now))

    def _first_sight(self, uid: str, declared: DeclaredJob) -> _Effect:
        row = RecordedJob(
            uid=uid,
            key=declared.key,
            origin=Origin.MANIFEST,
            spec=declared.spec,
            cursor=self.now,
            file=declared.position.file,
            line=declared.position.line,
            revision=self.revision,
        )
        return _Effect(transitions.first_sight(self.tx, row, planner=self.planner, now=self.now))

    def _revive(self, tombstone: RecordedJob, declared: DeclaredJob) -> _Effect:
        row = self._declared(tombstone, declared)
        return _Effect(transitions.revive(self.tx, row, planner=self.planner, now=self.now))

    def _amend(self, row: RecordedJob, change: Change, declared: DeclaredJob) -> _Effect | None:
        amended = self._declared(row, declared)
        if fields.same(row.spec, declared.spec):
            return self._put(row, amended, timer=row.key != declared.key)
        return _effect(
            transitions.amend(
                self.tx,
                row,
                after=amended,
                planner=self.planner,
                rescheduled=change.schedule_changed,
                now=self.now,
            )
        )

    def _declared(self, row: RecordedJob, declared: DeclaredJob) -> RecordedJob:
        """Return the row with what the manifests say; cursor, override and uid stay."""
        same = fields.same(row.spec, declared.spec)
        return row._replace(
            key=declared.key,
            spec=row.spec if same else declared.spec,
            revision=row.revision if same else self.revision,
            file=declared.position.file,
            line=declared.position.line,
            held=None,
        )

    def _put(self, before: RecordedJob, after: RecordedJob, *, timer: bool) -> _Effect | None:
        if after == before:
            return None
        self.tx.put_job(after)
        return _Effect(after, timer=timer)


def _effect(planned: Planned) -> _Effect:
    return _Effect(planned.job, claims=planned.claims, cancel=planned.cancel)


def _sync_record(last: SyncRecord | None, plan: Plan, paths: Sequence[str], now: datetime) -> SyncRecord:
    """Return the sync row; a revision counts as applied once nothing of it is broken or held back."""
    whole = not plan.findings and not plan.blocked
    return SyncRecord(
        paths=tuple(paths),
        revision_attempted=plan.revision,
        revision_applied=plan.revision if whole else last.revision_applied if last is not None else None,
        at=now,
        broken=plan.findings,
        blocked=tuple(BlockedRemoval(change.job, change.blocked) for change in plan.blocked if change.blocked),
    )
