"""A job as the recorded state has it: the value behind the tables and JSON of jobs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from schedrun.core.ids import JobKey, set_of
from schedrun.core.run.job_status import Standing
from schedrun.core.run.lateness import Late
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.schedule.describe import describe
from schedrun.core.status import JobStatus, Origin


@dataclass(frozen=True, slots=True)
class JobView:
    """One job: its schedule in words, and when it fires next.

    `next_fire` is aware, UTC, and includes the spread offset; `zone` is an IANA key, None for UTC.
    `revision` is that of the last change; `file` and `line` say where its id stands, None for a code job. `late` is the
    expectation on time that has not held for longest, None while all hold.
    """

    job: JobKey
    status: JobStatus
    schedule: str
    zone: str | None
    next_fire: datetime | None
    paused: bool
    file: str | None
    line: int | None
    origin: Origin = Origin.MANIFEST
    description: str | None = None
    owner: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    revision: str | None = None
    late: Late | None = None

    @property
    def job_set(self) -> str | None:
        """The job set that it belongs to, None for a job declared in code."""
        return None if self.origin is Origin.CODE else set_of(self.job)


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
        origin=job.origin,
        description=job.spec.description,
        owner=job.spec.owner,
        labels=job.spec.labels,
        revision=job.revision,
        late=standing.late,
    )
