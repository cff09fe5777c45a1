"""A ledger for tests that wait for nothing else, and the smallest values to put into it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Event, RecordedJob, Request
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin, RunKind, RunStatus, SpanStatus
from schedrun.protocols import Reader, Store, Transaction

T = TypeVar("T")

SPEC = Job.model_validate({"schedule": {"cron": "0 2 * * *"}, "target": {"command": ["true"]}})
DONE = Outcome(exit_code=0, output="done\n")


@dataclass(frozen=True)
class Ledger:
    """A store behind calls that return when it has answered."""

    store: Store
    runner: asyncio.Runner

    def write(self, unit: Callable[[Transaction], T]) -> T:
        return self.runner.run(self.store.write(unit))

    def read(self, query: Callable[[Reader], T]) -> T:
        return self.runner.run(self.store.read(query))


def at(seconds: float) -> datetime:
    """So many seconds into the tests' day."""
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def a_job(uid: str = "u1", key: str = "set/one", **fields: Any) -> RecordedJob:
    facts: dict[str, Any] = {
        "origin": Origin.MANIFEST,
        "spec": SPEC,
        "cursor": at(0),
        "file": "jobs.yaml",
        "line": 3,
    } | fields
    return RecordedJob(uid=uid, key=key, **facts)


def a_run(run_id: str = "r1", fire: float = 1, **fields: Any) -> Run:
    facts: dict[str, Any] = {
        "job_uid": "u1",
        "kind": RunKind.SCHEDULED,
        "status": RunStatus.QUEUED,
        "queued_at": at(fire),
    } | fields
    return Run(id=run_id, fire_time=at(fire), **facts)


def ended(run: Run, status: RunStatus, when: datetime, *, error: str | None = None) -> Run:
    """Return the run with its end."""
    return run._replace(status=status, finished_at=when, error=error)


def a_span(first: float, last: float, **fields: Any) -> Span:
    facts: dict[str, Any] = {"job_uid": "u1", "count": 1, "status": SpanStatus.MISSED, "reason": "down"} | fields
    return Span(first=at(first), last=at(last), **facts)


def recording(*values: RecordedJob | Run | Span | Event | Request) -> Callable[[Transaction], None]:
    """Return a unit that records the values in their order."""

    def unit(tx: Transaction) -> None:
        for value in values:
            match value:
                case RecordedJob():
                    tx.put_job(value)
                case Run():
                    tx.insert_run(value)
                case Span():
                    tx.insert_span(value)
                case Event():
                    tx.add_event(value)
                case Request():
                    tx.put_request(value)

    return unit


def finish(tx: Transaction, run_id: str, seconds: float, **fields: Any) -> bool:
    """End attempt 1 of the run as succeeded, unless told otherwise."""
    facts: dict[str, Any] = {"attempt": 1, "status": RunStatus.SUCCEEDED, "outcome": DONE} | fields
    return tx.finish_run(run_id, at=at(seconds), **facts)


def run_through(tx: Transaction, run: Run, *, end: float, status: RunStatus = RunStatus.SUCCEEDED) -> None:
    """Insert the run, start it and end it."""
    tx.insert_run(run)
    assert tx.start_run(run.id, at=run.queued_at)
    assert finish(tx, run.id, end, status=status)
