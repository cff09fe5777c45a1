"""Jobs for programs."""

from collections.abc import Sequence
from typing import Any

from schedrun.render.instants import utc_text_or_none
from schedrun.render.job_view import JobView


def jobs_view(jobs: Sequence[JobView]) -> dict[str, Any]:
    """Return `{"jobs": [...]}` in the order given; `next_fire` is in UTC, null when none comes."""
    return {
        "jobs": [
            {
                "job": job.job,
                "status": str(job.status),
                "schedule": job.schedule,
                "next_fire": utc_text_or_none(job.next_fire),
                "paused": job.paused,
                "file": job.file,
                "line": job.line,
            }
            for job in jobs
        ]
    }
