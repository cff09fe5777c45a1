"""What a ping says of a run's end."""

import uuid

import pytest

from schedrun.core.run import ping
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.ping import Signal
from schedrun.core.spec.job import Job
from schedrun.core.status import RunStatus

COMMAND = Job.model_validate({"schedule": {"every": "1h"}, "target": {"command": ["true"]}})
REQUEST = Job.model_validate({"schedule": {"every": "1h"}, "target": {"http": {"url": "https://x.example"}}})


@pytest.mark.parametrize(
    ("job", "status", "outcome", "path"),
    [
        (COMMAND, RunStatus.SUCCEEDED, Outcome(exit_code=0), ""),
        (COMMAND, RunStatus.FAILED, Outcome(exit_code=255, error="x"), "255"),
        (COMMAND, RunStatus.FAILED, Outcome(exit_code=256, error="x"), "fail"),
        (COMMAND, RunStatus.FAILED, Outcome(exit_code=0, error="x"), "fail"),
        (COMMAND, RunStatus.FAILED, Outcome(exit_code=-9, error="x"), "fail"),
        (COMMAND, RunStatus.FAILED, Outcome(error="x"), "fail"),
        (COMMAND, RunStatus.TIMED_OUT, Outcome(exit_code=143, error="x"), "fail"),
        (COMMAND, RunStatus.INTERRUPTED, Outcome(error="x"), "fail"),
        (COMMAND, RunStatus.CANCELLED, Outcome(exit_code=-15, error="x"), "log"),
        (REQUEST, RunStatus.FAILED, Outcome(exit_code=200, error="x"), "fail"),
    ],
)
def test_the_path_of_an_end(job: Job, status: RunStatus, outcome: Outcome, path: str) -> None:
    """An exit code where there is one that the protocol knows, and that means failure."""
    assert path == ping.of_end("r1", job, status=status, outcome=outcome).path


def test_the_body_is_the_error_and_the_end_of_the_output() -> None:
    """Bounded; a success needs none."""
    outcome = Outcome(exit_code=1, error="exit code 1", output="x\n" * 10_000)
    said = ping.of_end("r1", COMMAND, status=RunStatus.FAILED, outcome=outcome)
    assert said.body.startswith("failed: exit code 1\n\n[...]\nx\n")
    assert len(said.body) < ping.BODY_CHARACTERS + 100
    assert "" == ping.of_end("r1", COMMAND, status=RunStatus.SUCCEEDED, outcome=Outcome(output="x")).body


def test_a_rid_is_a_uuid_of_the_run() -> None:
    """The same for the same run, another for another."""
    assert uuid.UUID(ping.rid_of("r1")) == uuid.UUID(ping.of_start("r1").rid)
    assert ping.rid_of("r1") != ping.rid_of("r2")
    assert Signal.START is ping.of_start("r1").signal
