"""Runs and spans for programs."""

from typing import Any

from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.render.history import History
from schedrun.render.instants import utc_text, utc_text_or_none


def runs_view(history: History) -> dict[str, Any]:
    """Return `{"runs": [...], "spans": [...]}` in the order given; instants in UTC, output up to its cap."""
    return {
        "runs": [_run(run, history) for run in history.runs],
        "spans": [_span(span, history) for span in history.spans],
    }


def _run(run: Run, history: History) -> dict[str, Any]:
    return {
        "id": run.id,
        "job": history.job_of(run),
        "fire_time": utc_text(run.fire_time),
        "kind": str(run.kind),
        "status": str(run.status),
        "attempt": run.attempt,
        "started_at": utc_text_or_none(run.started_at),
        "finished_at": utc_text_or_none(run.finished_at),
        "exit_code": run.exit_code,
        "error": run.error,
        "output": run.output,
    }


def _span(span: Span, history: History) -> dict[str, Any]:
    return {
        "job": history.job_of(span),
        "first": utc_text(span.first),
        "last": utc_text(span.last),
        "count": span.count,
        "status": str(span.status),
        "reason": span.reason,
    }
