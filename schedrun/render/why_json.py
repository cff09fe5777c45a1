"""Why an occurrence ran or did not, for programs."""

from datetime import datetime
from typing import Any

from schedrun.core.run.gaps import Gap
from schedrun.core.run.why import Answer, Finding
from schedrun.core.spec.instant import utc_text
from schedrun.render.instants import utc_text_or_none
from schedrun.render.runs_json import attempt_view, run_view, span_view
from schedrun.render.why_text import sentence


def why_view(answer: Answer, *, now: datetime) -> dict[str, Any]:
    """Return the `sentence` and the facts behind it; instants in UTC.

    `verdict` is the status of the run or of the span, and null for an occurrence without one; `finding` says then what
    is known. `due` is the fire time and the spread offset.
    """
    record = answer.run or answer.span
    return {
        "job": answer.job.key,
        "fire_time": utc_text(answer.fire_time),
        "due": None if answer.finding is Finding.NEVER_DUE else utc_text(answer.due),
        "finding": str(answer.finding),
        "verdict": None if record is None else str(record.status),
        "sentence": sentence(answer, now=now),
        "run": None if answer.run is None else run_view(answer.run, job=answer.job.key),
        "attempts": [attempt_view(attempt) for attempt in answer.attempts],
        "span": None if answer.span is None else span_view(answer.span, job=answer.job.key),
        "gap": None if answer.gap is None else _gap(answer.gap),
        "nearest": [utc_text(at) for at in answer.nearest if at is not None],
    }


def because_view(answer: Answer, *, now: datetime) -> dict[str, Any]:
    """Return why a run went as it did: what `why_view` says beyond the run itself."""
    whole = why_view(answer, now=now)
    return {name: whole[name] for name in ("sentence", "finding", "due", "gap")}


def _gap(gap: Gap) -> dict[str, Any]:
    return {"cause": str(gap.cause), "first": utc_text_or_none(gap.first), "last": utc_text_or_none(gap.last)}
