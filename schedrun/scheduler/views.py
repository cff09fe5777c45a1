"""What `get_jobs` and `get_job` return: a job as people and JSON see it."""

from datetime import datetime
from typing import assert_never

from pydantic import BaseModel, ConfigDict

from schedrun.core.run.job_status import Standing
from schedrun.core.run.lateness import Expectation
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.schedule.describe import describe
from schedrun.core.spec.job import CodeJob
from schedrun.core.spec.schedule import CronSchedule, IntervalSchedule, OnceSchedule
from schedrun.core.status import JobStatus, Origin, TriggerType


class LateInfo(BaseModel):
    """The expectation on time that a job does not meet, by its field, and since when (aware UTC)."""

    model_config = ConfigDict(frozen=True)

    expectation: Expectation
    since: datetime


class JobInfo(BaseModel):
    """A job and how it stands; instants are aware UTC, `schedule` is in words.

    `late` is the expectation on time that has not held for longest, None while all hold.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    status: JobStatus
    trigger: TriggerType
    schedule: str
    timezone: str
    next_run_time: datetime | None
    paused: bool
    origin: Origin
    description: str | None = None
    owner: str | None = None
    labels: dict[str, str] = {}
    file: str | None = None
    line: int | None = None
    late: LateInfo | None = None


def job_info(job: RecordedJob, standing: Standing) -> JobInfo:
    """Return the view of a row that stands so."""
    late = standing.late
    return JobInfo(
        id=job.key,
        name=_name(job),
        status=standing.status,
        trigger=trigger_type(job),
        schedule=describe(job.spec),
        timezone=job.spec.timezone or "UTC",
        next_run_time=standing.next_fire,
        paused=standing.paused,
        origin=job.origin,
        description=job.spec.description,
        owner=job.spec.owner,
        labels=job.spec.labels,
        file=job.file,
        line=job.line,
        late=None if late is None else LateInfo(expectation=late.expectation, since=late.since),
    )


def trigger_type(job: RecordedJob) -> TriggerType:
    """Return what kind of schedule the job has."""
    match job.spec.schedule:
        case CronSchedule():
            return TriggerType.CRON
        case IntervalSchedule():
            return TriggerType.INTERVAL
        case OnceSchedule():
            return TriggerType.DATE
        case _:
            assert_never(job.spec.schedule)


def _name(job: RecordedJob) -> str:
    if isinstance(job.spec, CodeJob):
        return job.spec.target.code.rpartition(":")[2].rpartition(".")[2]
    return job.key.rpartition("/")[2]
