"""A job as the recorded state has it: the value behind the tables and JSON of jobs."""

from dataclasses import dataclass
from datetime import datetime

from schedrun.core.ids import JobKey
from schedrun.core.run.job_status import Standing
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.schedule.describe import describe
from schedrun.core.status import JobStatus


@dataclass(frozen=True, slots=True)
class JobView:
    """One job: its schedule in words, and when it fires next.

    `next_fire` is aware, UTC, and includes the spread offset; `zone` is an IANA key, None for UTC.
    `file` and `line` say where the job's id stands, None for a job declared in code.
    """

    job: JobKey
    status: JobStatus
    schedule: str
    zone: str | None
    next_fire: datetime | None
    paused: bool
    file: str | None
    line: int | None


def of(job: RecordedJob, standing: Standing) -> JobView:
    """Return the view of a recorded job that stands as `standing` says."""
    return JobView(
        job=job.key,
        status=standing.status,
        schedule=describe(job.spec),
        zone=job.spec.timezone,
        next_fire=standing.next_fire,
        paused=standing.paused,
        file=job.file,
        line=job.line,
    )
