"""One run with everything that is known of it, for programs."""

from datetime import datetime
from typing import Any

from schedrun.core.run.why import Answer
from schedrun.core.spec.instant import utc_text
from schedrun.core.status import RunStatus
from schedrun.render.instants import utc_text_or_none
from schedrun.render.run_details import RunDetails
from schedrun.render.runs_json import attempt_view, run_view
from schedrun.render.why_json import because_view


def whole_run_view(details: RunDetails, answer: Answer, *, now: datetime) -> dict[str, Any]:
    """Return the run itself, with its `attempts` and `why` it went as it did; names no file."""
    shown = details_view(details)
    for attempt in shown["attempts"]:
        del attempt["log"]
    return {**shown["run"], "attempts": shown["attempts"], "why": because_view(answer, now=now)}


def details_view(details: RunDetails) -> dict[str, Any]:
    """Return the `run` as the list of runs shows it, with what only this view has, and its `attempts` by number.

    An attempt that goes on is the last of them. `log` is the file with the whole output, null where the ledger has it.
    """
    run = details.run
    attempts = [attempt_view(attempt) for attempt in details.attempts]
    if run.status is RunStatus.RUNNING:
        attempts.append(
            {
                "number": run.attempt,
                "status": str(run.status),
                "started_at": utc_text_or_none(run.started_at),
                **dict.fromkeys(("finished_at", "exit_code", "error", "output")),
            }
        )
    for attempt in attempts:
        log = details.log_of(attempt["number"])
        attempt["log"] = None if log is None else str(log)
    more = {
        "queued_at": utc_text(run.queued_at),
        "due": utc_text(details.due),
        "max_attempts": details.job.spec.retries.max + 1,
    }
    return {"run": run_view(run, job=details.job.key) | more, "attempts": attempts}
