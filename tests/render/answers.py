"""Answers to why an occurrence ran or did not: a day of an hourly job."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schedrun.core.run import why
from schedrun.core.run.recorded import RecordedJob, Session
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.run.why import Answer, Occurrence, Surroundings, Window
from schedrun.core.schedule import fires
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin, RunKind, RunStatus, SpanStatus

FIRE = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RUN = "9f2c4e81d07b5a63c1e8"
BLOCKER = "77aa01b2c3d4e5f60718"


def at(hour: int, minute: int = 0, second: float = 0, *, day: int = 23) -> datetime:
    """Return an instant of November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) + timedelta(seconds=second)


def a_row(*, row: dict[str, Any] | None = None, **spec: Any) -> RecordedJob:
    """Return a job that fires every hour and has its verdicts up to noon, unless the facts say otherwise."""
    facts: dict[str, Any] = {"schedule": {"every": "1h"}, "target": {"command": ["true"]}} | spec
    known: dict[str, Any] = {"cursor": NOW} | (row or {})
    return RecordedJob("uid", "billing/fx", Origin.MANIFEST, Job.model_validate(facts), **known)


def a_run(status: RunStatus = RunStatus.SUCCEEDED, **changes: Any) -> Run:
    """Return a run that took 3 s and started 0.2 s after it was due, with the changes."""
    facts: dict[str, Any] = {
        "id": RUN,
        "job_uid": "uid",
        "fire_time": FIRE,
        "kind": RunKind.SCHEDULED,
        "queued_at": at(3, 0, 0.1),
        "attempt": 1,
        "started_at": at(3, 0, 0.2),
        "finished_at": at(3, 0, 3.2),
    }
    return Run(status=status, **(facts | changes))


def a_span(status: SpanStatus, reason: str, *, first: datetime = FIRE, last: datetime = FIRE, **more: Any) -> Span:
    return Span("uid", first, last, (last - first) // timedelta(hours=1) + 1, status, reason, **more)


def session(started: datetime, alive: datetime, *, ended: bool = False) -> Session:
    return Session("s", 1, started, alive, alive if ended else None)


ALIVE = session(at(0), NOW)
DOWN: dict[str, Any] = {"sessions": (session(at(0), at(2, 58, 7)), session(at(7, 10, 9), NOW))}
LATE = "nothing could start it before 2026-11-23T07:10:09Z; its grace is 5m"
FOUR = {"max": 3}


def answered(
    record: Run | Span | None = None, *, job: RecordedJob | None = None, time: datetime = FIRE, **around: Any
) -> Answer:
    """Return the answer about an occurrence with the record, at `time` without one."""
    job = job or a_row()
    compiled = fires.of(job.spec, key=job.key)
    occurrence = None
    if isinstance(record, Run):
        occurrence = Occurrence(record.fire_time, run=record)
    elif isinstance(record, Span):
        occurrence = Occurrence(FIRE, span=record)
    facts: dict[str, Any] = {"sessions": (ALIVE, None)} | around
    known = Surroundings(**facts)
    return why.explain(job, compiled, window=Window(time, time), occurrence=occurrence, around=known, now=NOW)
