"""Jobs for programs."""

from collections.abc import Sequence
from typing import Any

from schedrun.core.run.lateness import Late
from schedrun.core.spec.instant import utc_text
from schedrun.render.instants import utc_text_or_none
from schedrun.render.job_view import JobView


def jobs_view(jobs: Sequence[JobView]) -> dict[str, Any]:
    """Return `{"jobs": [...]}` in the order given; `next_fire` is in UTC, null when none comes."""
    return {"jobs": [job_row(job) for job in jobs]}


def job_row(job: JobView) -> dict[str, Any]:
    """Return what a list of jobs says of each; `late` only of a job that does not do in time what is expected of it."""
    row = {
        "job": job.job,
        "status": str(job.status),
        "schedule": job.schedule,
        "next_fire": utc_text_or_none(job.next_fire),
        "paused": job.paused,
        "file": job.file,
        "line": job.line,
    }
    return row if job.late is None else row | {"late": late_view(job.late)}


def late_view(late: Late) -> dict[str, Any]:
    """Return `expectation`, the field of the job that declares it, and `since` (UTC)."""
    return {"expectation": str(late.expectation), "since": utc_text(late.since)}


def whole_row(job: JobView) -> dict[str, Any]:
    """Return `job_row` with what only programs ask for; `set` is null for a job declared in code.

    `late` says which expectation on time it does not meet and since when, null while it meets all.
    """
    return {
        **job_row(job),
        "set": job.job_set,
        "labels": dict(job.labels),
        "owner": job.owner,
        "timezone": job.zone or "UTC",
        "origin": str(job.origin),
        "revision": job.revision,
        "late": None if job.late is None else late_view(job.late),
    }
