"""Runs, their attempts and spans for programs."""

from typing import Any

from schedrun.core.ids import JobKey
from schedrun.core.run.attempt import Attempt
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.spec.instant import utc_text
from schedrun.render.history import History
from schedrun.render.instants import utc_text_or_none


def runs_view(history: History) -> dict[str, Any]:
    """Return `{"runs": [...], "spans": [...]}` in the order given; instants in UTC, output up to its cap."""
    return {
        "runs": [run_view(run, job=history.job_of(run)) for run in history.runs],
        "spans": [span_view(span, job=history.job_of(span)) for span in history.spans],
    }


def run_view(run: Run, *, job: JobKey) -> dict[str, Any]:
    """Return a run as its last attempt shows it."""
    return {
        "id": run.id,
        "job": job,
        "fire_time": utc_text(run.fire_time),
        "kind": str(run.kind),
        "status": str(run.status),
        "attempt": run.attempt,
        "started_at": utc_text_or_none(run.started_at),
        "finished_at": utc_text_or_none(run.finished_at),
        "retry_at": utc_text_or_none(run.retry_at),
        "exit_code": run.exit_code,
        "error": run.error,
        "output": run.output,
    }


def run_row(run: Run, *, job: JobKey) -> dict[str, Any]:
    """Return a run as `run_view` does, without what it printed."""
    row = run_view(run, job=job)
    del row["output"]
    return row


def attempt_view(attempt: Attempt) -> dict[str, Any]:
    """Return what an attempt did."""
    return {
        "number": attempt.number,
        "status": str(attempt.status),
        "started_at": utc_text(attempt.started_at),
        "finished_at": utc_text(attempt.finished_at),
        "exit_code": attempt.exit_code,
        "error": attempt.error,
        "output": attempt.output,
    }


def span_view(span: Span, *, job: JobKey) -> dict[str, Any]:
    """Return a span: fires that never became a run, and why."""
    return {
        "job": job,
        "first": utc_text(span.first),
        "last": utc_text(span.last),
        "count": span.count,
        "status": str(span.status),
        "reason": span.reason,
        "decided_at": utc_text_or_none(span.decided_at),
        "blocked_by": span.blocked_by,
    }
