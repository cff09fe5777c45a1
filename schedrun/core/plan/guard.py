"""The removal guard: what must not vanish without someone saying so."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from schedrun.core.errors import SchedrunError
from schedrun.core.ids import JobKey, set_of
from schedrun.core.plan.change import Action, Change, Plan
from schedrun.core.plan.desired import Desired
from schedrun.core.plan.plan import in_broken_file
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.spec.policy import RemovePolicy

_ONE_REMOVAL = 1
_FRACTION = 4  # one in four is a quarter
_AT_ONCE = "would go at once"
_NONE_LEFT = "the manifests declare no job at all any more"


class RemovalCountError(SchedrunError):
    """the number of removals to confirm is another one."""

    def __init__(self, *, confirmed: int, planned: int) -> None:
        self.confirmed, self.planned = confirmed, planned
        instead = f"confirm with --allow-remove {planned}" if planned else "leave --allow-remove out"
        super().__init__(f"{self.sentence}: the plan removes {planned}, not {confirmed}; {instead}")


class NotHeldBackError(SchedrunError):
    """the plan has changed: not all of these removals are held back now."""

    code = "plan_changed"

    def __init__(self, missing: Sequence[JobKey], *, blocked: Sequence[Change]) -> None:
        self.missing, self.blocked = tuple(missing), tuple(blocked)
        super().__init__(f"{self.sentence}: {', '.join(self.missing)}")

    @property
    def facts(self) -> Mapping[str, object]:
        """Name the removals that are held back, and why each of them is."""
        return {"blocked": [{"job": change.job, "reason": change.blocked} for change in self.blocked]}


def check(
    plan: Plan,
    desired: Desired,
    *,
    recorded: Sequence[RecordedJob],
    allow_remove: int | None = None,
    confirmed: Collection[JobKey] = (),
) -> Plan:
    """Return the plan with `blocked` set on each change that must wait.

    Removals wait when nothing is left in the tree, when any file is broken, or when more than one job and
    more than a quarter of a set's live rows would go at once: those wait until they are confirmed or declared
    again, even if the set has grown since. A job with `remove: confirm` waits alone and does not count for its
    set. `allow_remove` confirms all removals of the plan, those included that would not wait: any other number
    than theirs raises RemovalCountError. `confirmed` confirms the removals of these jobs and no others; one that does
    not wait raises NotHeldBackError. A rename waits, confirmed or not, while the file that holds the old
    name is broken: once mended it may declare the old name still.
    """
    all_confirmed = allow_remove is not None
    if all_confirmed and allow_remove != len(plan.removals):
        raise RemovalCountError(confirmed=allow_remove or 0, planned=len(plan.removals))
    shrinking = _shrinking_sets(plan, recorded)
    judged = replace(
        plan,
        changes=tuple(
            _judged(change, desired, shrinking=shrinking, confirmed=all_confirmed)
            if change.action in {Action.REMOVE, Action.MOVE}
            else change
            for change in plan.changes
        ),
    )
    return _released(judged, confirmed) if confirmed else judged


def _released(plan: Plan, confirmed: Collection[JobKey]) -> Plan:
    """Return the plan with these removals blocked no more. Raises NotHeldBackError when one of them is not."""
    held = {change.job: change for change in plan.removals if change.blocked is not None}
    if missing := sorted(set(confirmed) - held.keys()):
        raise NotHeldBackError(missing, blocked=tuple(held.values()))
    released = (
        replace(change, blocked=None) if change.action is Action.REMOVE and change.job in confirmed else change
        for change in plan.changes
    )
    return replace(plan, changes=tuple(released))


def is_above_limit(blocked: str) -> bool:
    """Return whether these words of a blocked removal say that too much goes at once."""
    return blocked == _NONE_LEFT or blocked.endswith(_AT_ONCE)


def _judged(change: Change, desired: Desired, *, shrinking: dict[str, str], confirmed: bool) -> Change:
    if change.action is Action.MOVE:
        blocked = _move_blocked(change, desired)
    else:
        blocked = None if confirmed else _removal_blocked(change, desired, shrinking=shrinking)
    return change if blocked is None else replace(change, blocked=blocked)


def _removal_blocked(change: Change, desired: Desired, *, shrinking: dict[str, str]) -> str | None:
    if change.before is not None and (held := change.before.held) is not None and held.endswith(_AT_ONCE):
        return held
    if desired.broken:
        broken = ", ".join(sorted(desired.broken))
        return f"a broken file may still declare it: {broken}"
    if not desired.jobs:
        return _NONE_LEFT
    if (job_set := set_of(change.job)) in shrinking:
        return shrinking[job_set]
    if _must_be_confirmed(change):
        return "it says `remove: confirm`"
    return None


def _move_blocked(change: Change, desired: Desired) -> str | None:
    row = change.before
    if row is None or row.removed_at is not None or not in_broken_file(row, desired):
        return None
    return f"{row.file} is broken and may still declare {row.key}"


def _must_be_confirmed(change: Change) -> bool:
    return change.before is not None and change.before.spec.remove is RemovePolicy.CONFIRM


def _shrinking_sets(plan: Plan, recorded: Sequence[RecordedJob]) -> dict[str, str]:
    """Return the sets that would lose too much at once, each with the words that say so."""
    going = Counter(set_of(change.job) for change in plan.removals if not _must_be_confirmed(change))
    if not going:
        return {}
    sizes = Counter(set_of(row.key) for row in recorded if row.removed_at is None)
    return {
        name: f"{count} of {sizes[name]} jobs of {name} {_AT_ONCE}"
        for name, count in going.items()
        if name is not None and count > _ONE_REMOVAL and count * _FRACTION > sizes[name]
    }
