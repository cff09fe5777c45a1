"""`/plan`: what would change now, field by field, and which runs would appear and vanish."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from schedrun.core.plan import forecast, run_diff
from schedrun.core.plan.change import Change, FieldChange, Plan
from schedrun.core.plan.forecast import Window
from schedrun.core.plan.run_diff import RunDiff
from schedrun.core.schedule.describe import describe
from schedrun.core.spec.job import Job
from schedrun.render.escape import for_terminal_lines
from schedrun.render.plan_text import SIGNS
from schedrun.render.yaml_text import text as yaml_text

AHEAD = timedelta(days=7)
"""How far ahead runs are compared."""
MOST = 100
"""How many changes a page shows."""
INSTANTS = 4
_MOST_RUNS = 2000


class Changed(NamedTuple):
    """A change, its sign, what becomes of its job's runs (None: too many to compare), and its schedules in words."""

    change: Change
    sign: str
    runs: RunDiff | None
    before: str | None
    after: str | None


def changes(plan: Plan, *, now: datetime) -> list[Changed]:
    """Return what changes, held back removals first, at most MOST."""
    first_held = sorted(plan.effective, key=lambda change: change.blocked is None)
    return [_changed(change, now) for change in first_held[:MOST]]


def held(plan: Plan) -> Sequence[Change]:
    """Return the removals that wait for a person's word."""
    return [change for change in plan.removals if change.blocked is not None]


def value(field: FieldChange, side: object) -> str:
    """Return one side of a field as manifests write it, nothing for what is not said; no character is invisible."""
    if side is None or side == field.path:
        return ""
    if isinstance(side, str):
        return for_terminal_lines(side)
    return yaml_text([{"value": side}]).removeprefix("---\nvalue:").strip()


def _changed(change: Change, now: datetime) -> Changed:
    before = None if change.before is None or change.before.removed_at is not None else change.before.spec
    after = None if change.after is None else change.after.spec
    return Changed(
        change,
        SIGNS[change.action][0],
        _runs(change, before=before, after=after, window=Window(now, now + AHEAD)),
        None if before is None else describe(before),
        None if after is None else describe(after),
    )


def _runs(change: Change, *, before: Job | None, after: Job | None, window: Window) -> RunDiff | None:
    # The delay of a spread comes from the key, so a rename moves runs that no field tells of.
    was_called = change.job if change.before is None else change.before.key
    old = None if before is None else forecast.timeline(before, key=was_called)
    new = None if after is None else forecast.timeline(after, key=change.job)
    if old == new:
        return RunDiff()
    if old is not None and new is not None:
        new = forecast.taking_over(new, old, now=window.after)
    if any(forecast.count(line, window) > _MOST_RUNS for line in (old, new) if line is not None):
        return None
    return run_diff.between(old, new, window=window)
