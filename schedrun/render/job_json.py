"""One job with everything that is known of it, for programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.spec import private_values
from schedrun.core.spec.instant import utc_text
from schedrun.render.instants import utc_text_or_none
from schedrun.render.job_view import JobView
from schedrun.render.jobs_json import whole_row
from schedrun.render.runs_json import run_row


def job_details_view(
    job: RecordedJob, row: JobView, *, source: str | None, next_fires: Sequence[datetime], last_runs: Sequence[Run]
) -> dict[str, Any]:
    """Return the job's row with its `spec`, private values hidden, its `source` lines, and what comes and came.

    `source` is masked by whoever read it. `overrides` are the pauses that people laid over the job, one at most.
    """
    override = job.override
    return {
        **whole_row(row),
        "spec": private_values.shown(job.spec.to_record()),
        "source": source,
        "next_fires": [utc_text(at) for at in next_fires],
        "last_runs": [run_row(run, job=job.key) for run in last_runs],
        "overrides": []
        if override is None
        else [
            {
                "reason": override.reason,
                "by": override.by,
                "since": utc_text(override.since),
                "until": utc_text_or_none(override.until),
            }
        ],
    }
