"""A comparison of two trees for programs."""

from collections.abc import Iterable
from typing import Any

from schedrun.core.plan.clock_dates import ClockDate
from schedrun.core.plan.comparison import Comparison, JobComparison, JobView
from schedrun.core.plan.load import Busiest
from schedrun.core.plan.run_diff import RunDiff
from schedrun.core.spec.instant import utc_text
from schedrun.render import plan_words
from schedrun.render.findings_json import findings_list
from schedrun.render.instants import local_text
from schedrun.render.plan_json import plan_view


def comparison_view(comparison: Comparison, *, failed: bool) -> dict[str, Any]:
    """Return the plan's keys, each change with its `runs`, and what holds for all of them.

    Instants are complete and UTC, unless they are called `local`. `window` is half-open: (from, to]. All runs that
    appear, vanish or move are there; only a change with more than two million of them has `omitted`, their numbers
    before and after, beside empty lists.
    """
    plan = plan_view(comparison.plan)
    changes = [{**change, **_change(job)} for change, job in zip(plan["changes"], comparison.jobs, strict=True)]
    window = comparison.window
    return {
        "verdict": plan_words.verdict(comparison, failed=failed),
        "now": utc_text(comparison.now),
        "window": {"from": utc_text(window.after), "to": utc_text(window.until)},
        **plan,
        "changes": changes,
        "findings": findings_list(comparison.findings),
        "base_findings": findings_list(comparison.base_findings),
        "on_merge": {
            "fires": [{"job": job.change.job, "due": utc_text(due)} for job in comparison.jobs for due in job.on_merge],
            "lost": [_lost(job) for job in comparison.jobs if _loses(job)],
        },
        "load": {side: _busiest(one) for side, one in zip(("before", "after"), comparison.busiest, strict=True)},
        "clock_changes": [
            {"zone": zone, **_clock_change(date)} for zone, dates in comparison.zones.items() for date in dates
        ],
        "renames": [{"from": suspect.removal.job, "to": suspect.creation.job} for suspect in comparison.suspects],
        "shared": [
            {
                "path": one.path,
                "file": one.position.file,
                "line": one.position.line,
                "column": one.position.column,
                "removed": one.gone,
                "jobs": list(one.jobs),
            }
            for one in comparison.fan_outs
        ],
        "unknown": list(comparison.unknown),
    }


def _change(job: JobComparison) -> dict[str, Any]:
    return {
        "schedule": {side: None if view is None else view.words for side, view in _sides(job)},
        "next": {side: [] if view is None else _next(view) for side, view in _sides(job)},
        "runs": _runs(job),
        "clock_changes": [
            {**_clock_change(date), "effect": str(date.effect), "times": date.times} for date in job.clock_dates
        ],
    }


def _sides(job: JobComparison) -> Iterable[tuple[str, JobView | None]]:
    return ("before", job.before), ("after", job.after)


def _next(view: JobView) -> list[dict[str, str]]:
    return [{"local": local_text(at, view.zone), "utc": utc_text(at)} for at in view.next_runs]


def _runs(job: JobComparison) -> dict[str, Any]:
    diff = RunDiff() if job.runs is None else job.runs
    view: dict[str, Any] = {
        "appear": [utc_text(at) for at in diff.appear],
        "vanish": [utc_text(at) for at in diff.vanish],
        "move": [{"from": utc_text(move.before), "to": utc_text(move.after)} for move in diff.move],
    }
    if job.runs is None:
        view["omitted"] = {"before": job.counts[0], "after": job.counts[1]}
    return view


def _loses(job: JobComparison) -> bool:
    return job.due is not None and job.due.passed is not None


def _lost(job: JobComparison) -> dict[str, str]:
    assert job.due is not None
    assert job.due.passed is not None
    return {"job": job.change.job, "due": utc_text(job.due.due), "passed": utc_text(job.due.passed)}


def _clock_change(date: ClockDate) -> dict[str, str]:
    return {"at": utc_text(date.at), "before": date.before.isoformat(), "after": date.after.isoformat()}


def _busiest(busiest: Busiest | None) -> dict[str, Any] | None:
    return None if busiest is None else {"minute": utc_text(busiest.minute), "runs": busiest.runs}
