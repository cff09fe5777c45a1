"""A plan for programs."""

from collections import Counter
from typing import Any

from schedrun.core.plan.change import Action, Change, Plan
from schedrun.render.findings_json import findings_list
from schedrun.render.instants import utc_text_or_none


def plan_view(plan: Plan) -> dict[str, Any]:
    """Return the plan's `changes`, `findings`, `overrides` and `summary`.

    Changes that change nothing are only counted. The summary
    counts each action, blocked changes included, and beside them the `blocked` ones.
    """
    return {
        "changes": [_change(change) for change in plan.effective],
        "findings": findings_list(plan.findings),
        "overrides": [
            {
                "job": job,
                "reason": override.reason,
                "by": override.by,
                "until": utc_text_or_none(override.until),
            }
            for job, override in plan.overrides
        ],
        "summary": summary(plan),
    }


def summary(plan: Plan) -> dict[str, int]:
    """Return how many changes have each action (all seven are there), and how many are `blocked`."""
    counts = Counter(change.action for change in plan.changes)
    return {str(action): counts[action] for action in Action} | {"blocked": len(plan.blocked)}


def _change(change: Change) -> dict[str, Any]:
    return {
        "action": str(change.action),
        "job": change.job,
        "reason": change.reason,
        "blocked": change.blocked,
        "fields": [{"path": field.path, "before": field.before, "after": field.after} for field in change.fields],
    }
