"""How a job stands: the first that holds."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schedrun.core.run import job_status
from schedrun.core.run.job_status import Standing
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.status import JobStatus, RunStatus
from tests.core.run.recorded_jobs import NOON, a_job, a_run, at, compiled, override

RUNNING = a_run("r", RunStatus.RUNNING)
RETRIES = a_run("t", RunStatus.QUEUED)._replace(attempt=1, retry_at=at(5))
QUEUED = a_run("q", RunStatus.QUEUED)
OVER = {"schedule": {"at": "2026-06-01T11:00:00Z"}}
"""A schedule without any fire left."""


def standing(job: RecordedJob, *active: Run, last: RunStatus | None = None, now: datetime = NOON) -> Standing:
    return job_status.standing(job, compiled(job), active=active, last=last, now=now)


@pytest.mark.parametrize(
    ("row", "spec", "active", "last", "expected"),
    [
        ({"held": "the tree is empty"}, {"paused": True}, (RUNNING,), RunStatus.FAILED, JobStatus.DISABLED),
        ({"removed_at": NOON}, {}, (RUNNING,), RunStatus.FAILED, JobStatus.DISABLED),
        ({}, {"paused": True}, (RUNNING,), RunStatus.FAILED, JobStatus.PAUSED),
        ({"override": override(until=at(5))}, OVER, (), None, JobStatus.PAUSED),
        ({"override": override(until=at(-5))}, {}, (), None, JobStatus.PENDING),
        ({}, {}, (RUNNING,), RunStatus.FAILED, JobStatus.RUNNING),
        ({}, OVER, (QUEUED, RUNNING), None, JobStatus.RUNNING),
        ({}, {}, (RETRIES,), RunStatus.FAILED, JobStatus.RUNNING),
        ({}, {}, (), RunStatus.FAILED, JobStatus.FAILED),
        ({}, {}, (), RunStatus.TIMED_OUT, JobStatus.FAILED),
        ({}, {}, (), RunStatus.INTERRUPTED, JobStatus.FAILED),
        ({}, OVER, (), RunStatus.FAILED, JobStatus.FAILED),
        ({}, OVER, (), RunStatus.SUCCEEDED, JobStatus.COMPLETED),
        ({}, OVER, (), None, JobStatus.COMPLETED),
        ({}, OVER, (QUEUED,), None, JobStatus.PENDING),
        ({}, {}, (QUEUED,), RunStatus.CANCELLED, JobStatus.PENDING),
        ({}, {}, (), RunStatus.SUCCEEDED, JobStatus.PENDING),
        ({}, {}, (), None, JobStatus.PENDING),
    ],
)
def test_the_first_that_holds(
    row: dict[str, Any], spec: dict[str, Any], active: tuple[Run, ...], last: RunStatus | None, expected: JobStatus
) -> None:
    """Disabled, paused, running, failed, completed, else pending."""
    assert expected is standing(a_job(row=row, **spec), *active, last=last).status


@pytest.mark.parametrize(
    ("row", "spec", "expected"),
    [
        ({}, {}, at(1)),
        ({}, OVER, None),
        ({}, {"paused": True}, None),
        ({"override": override()}, {}, None),
        ({"override": override(until=at(7.5))}, {}, at(8)),
        ({"override": override(until=at(7.5))}, {"paused": True}, None),
        ({"removed_at": NOON}, {}, None),
        ({"held": "the tree is empty"}, {}, at(1)),
        ({"cursor": at(-3)}, {}, at(1)),
        ({"cursor": at(60)}, {}, at(1)),
        ({"cursor": at(60), "override": override(until=at(7.5))}, {}, at(8)),
    ],
)
def test_the_next_fire(row: dict[str, Any], spec: dict[str, Any], expected: datetime | None) -> None:
    """After a pause that ends, none in one that does not; a held job goes on firing, and a clock may be set back."""
    cursor = row.get("cursor", NOON)
    job = a_job(cursor, row={name: value for name, value in row.items() if name != "cursor"}, **spec)
    assert expected == standing(job).next_fire


def test_what_ran_before_the_clock_was_set_back_fires_no_more() -> None:
    """The next fire is the first that has no run, whatever lies between."""
    job = a_job(at(9))
    ran = [(at(4), at(4)), (at(1), at(2))]
    assert at(3) == job_status.next_fire(job, compiled(job), now=NOON, ahead=ran)
    assert at(5) == job_status.next_fire(job, compiled(job), now=at(3), ahead=ran)
    once = a_job(at(9), schedule={"at": "2026-06-01T12:04:00Z"})
    ended = job_status.standing(once, compiled(once), active=(), last=None, now=NOON, ahead=ran)
    assert (JobStatus.COMPLETED, None) == (ended.status, ended.next_fire)


def test_the_next_fire_has_its_offset() -> None:
    """Nominal plus offset; the fire whose nominal instant has passed, but not its offset, is still to come."""
    job = a_job(schedule={"every": "1h", "spread": "20m"})
    offset = compiled(job).offset
    assert timedelta(0) < offset
    assert at(60) + offset == standing(job).next_fire
    assert at(60) + offset == standing(job, now=at(60) + offset - timedelta(seconds=1)).next_fire


@pytest.mark.parametrize(
    ("cursor", "now", "expected"),
    [(0, 0.5, False), (0, 1, True), (0, 30, True), (1, 1.5, False), (5, 4, True)],
)
def test_is_due(cursor: float, now: float, expected: bool) -> None:
    """When a fire after the cursor has come, or the cursor lies ahead of the clock."""
    job = a_job(at(cursor))
    assert expected is job_status.is_due(job, compiled(job), now=at(now))
