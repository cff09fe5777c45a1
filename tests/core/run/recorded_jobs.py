"""The smallest job rows, runs and instants that the rules of this folder need."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin, RunKind, RunStatus

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def a_job(cursor: datetime = NOON, *, row: dict[str, Any] | None = None, **spec: Any) -> RecordedJob:
    """Return the row of a job that fires every minute, unless `spec` says otherwise."""
    facts: dict[str, Any] = {"schedule": {"every": "1m"}, "target": {"command": ["true"]}} | spec
    return RecordedJob("uid", "set/job", Origin.MANIFEST, Job.model_validate(facts), cursor, **(row or {}))


def compiled(job: RecordedJob) -> Fires:
    return fires.of(job.spec, key=job.key)


def a_run(name: str, status: RunStatus, *, fire: datetime = NOON) -> Run:
    return Run(name, "uid", fire, RunKind.SCHEDULED, status, fire)


def override(*, until: datetime | None = None, reason: str | None = None) -> Override:
    return Override(reason, "ada", NOON, until)
