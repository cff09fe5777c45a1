"""Jobs for programs."""

from collections.abc import Sequence
from typing import Any

from schedrun.render.instants import utc_text_or_none
from schedrun.render.job_view import JobView


def jobs_view(jobs: Sequence[JobView]) -> dict[str, Any]:
    """Return `{"jobs": [...]}` in the order given; `next_fire` is in UTC, null when none comes."""
    return {"jobs": [job_row(job) for job in jobs]}


def job_row(job: JobView) -> dict[str, Any]:
    """Return what a list of jobs says of each."""
    return {
        "job": job.job,
        "status": str(job.status),
        "schedule": job.schedule,
        "next_fire": utc_text_or_none(job.next_fire),
        "paused": job.paused,
        "file": job.file,
        "line": job.line,
    }


def whole_row(job: JobView) -> dict[str, Any]:
    """Return `job_row` with what only programs ask for; `set` is null for a job declared in code.

    `late` says which expectation on time it does not meet, null while it meets all.
    """
    return {
        **job_row(job),
        "set": job.job_set,
        "labels": dict(job.labels),
        "owner": job.owner,
        "timezone": job.zone or "UTC",
        "origin": str(job.origin),
        "revision": job.revision,
        "late": None,
    }
