"""`status`, `jobs` and `runs`: what the state says."""

from pathlib import Path
from typing import Any

import pytest

from tests.answer import Answer
from tests.cli.conftest import Call


@pytest.mark.parametrize("command", ["status", "jobs", "runs"])
def test_a_state_that_does_not_exist_names_run(call: Call, command: str, tmp_path: Path) -> None:
    """Exit code 1, one line, and nothing is created."""
    answer = call(command, "--state", "none/state.db")
    assert (1, "") == (answer.code, answer.stdout)
    assert "none/state.db" in answer.stderr
    assert "schedrun run" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_status_is_degraded_by_what_is_broken_or_blocked(call: Call, state: Path) -> None:
    """Exit code 1; the findings and the removals are listed."""
    answer = call("status", "--format", "json")
    assert answer.code == 1
    assert {"schema_version", "ok", "revision", "broken", "blocked"} == set(answer.json)
    assert (False, "aaa") == (answer.json["ok"], answer.json["revision"])
    assert ["SR101"] == [finding["code"] for finding in answer.json["broken"]]
    assert [{"job": "stock/close-day", "reason": "it says `remove: confirm`"}] == answer.json["blocked"]


def test_status_in_text(call: Call, state: Path) -> None:
    """The verdict is the first line, and each fault has file, line and column."""
    answer = call("status")
    assert answer.stdout.startswith("degraded: 1 broken file, 1 blocked removal\n")
    assert "manifests/stock.yaml:6:5: error[SR101]" in answer.stdout


def _job(answer: Answer, key: str) -> dict[str, Any]:
    (job,) = [job for job in answer.json["jobs"] if job["job"] == key]
    return dict(job)


def test_jobs_have_seven_keys(call: Call, state: Path) -> None:
    """A failed job that goes on firing."""
    job = _job(call("jobs", "--format", "json"), "billing/close-day")
    assert {"job", "status", "schedule", "next_fire", "paused", "file", "line"} == set(job)
    assert ("failed", False, "manifests/billing.yaml", 5) == (
        *(job["status"], job["paused"]),
        *(job["file"], job["line"]),
    )
    assert job["next_fire"].endswith(":17:00Z")
    assert "04:17" in job["schedule"]


@pytest.mark.parametrize(
    ("key", "status", "paused"),
    [
        pytest.param("billing/fx-rates", "paused", True, id="paused-by-a-person"),
        pytest.param("billing/cut-over", "completed", False, id="one-time-job-is-done"),
    ],
)
def test_a_job_that_does_not_fire_has_no_next_fire(
    call: Call, state: Path, key: str, status: str, paused: bool
) -> None:
    """It is listed all the same."""
    job = _job(call("jobs", "--format", "json"), key)
    assert (status, paused, None) == (job["status"], job["paused"], job["next_fire"])


def test_a_held_job_is_disabled_and_fires(call: Call, state: Path) -> None:
    """The guard keeps it going."""
    job = _job(call("jobs", "--format", "json"), "stock/close-day")
    assert job["status"] == "disabled"
    assert job["next_fire"] is not None


def test_jobs_in_text_are_one_line_each_when_piped(call: Call, state: Path) -> None:
    """A head and four rows, ordered by key."""
    lines = call("jobs").stdout.splitlines()
    assert ["JOB", "billing/close-day", "billing/cut-over", "billing/fx-rates", "stock/close-day"] == [
        line.split()[0] for line in lines
    ]


def test_runs_and_spans(call: Call, state: Path) -> None:
    """All keys of each, with the names of the jobs."""
    view = call("runs", "--format", "json").json
    assert {"schema_version", "runs", "spans"} == set(view)
    run_keys = "id job fire_time kind status attempt started_at finished_at retry_at exit_code error output"
    assert all(set(run_keys.split()) == set(run) for run in view["runs"])
    assert {("aaaa", "billing/close-day"), ("bbbb", "billing/cut-over")} == {
        (run["id"], run["job"]) for run in view["runs"]
    }
    (span,) = view["spans"]
    assert span == {
        "job": "billing/fx-rates",
        "first": "2026-01-01T00:00:00Z",
        "last": "2026-01-01T01:00:00Z",
        "count": 5,
        "status": "skipped",
        "reason": "paused by ana",
        "decided_at": None,
        "blocked_by": None,
    }


def test_runs_of_one_job(call: Call, state: Path) -> None:
    """By its bare id where that is unique."""
    view = call("runs", "cut-over", "--format", "json").json
    assert ["bbbb"] == [run["id"] for run in view["runs"]]
    assert view["spans"] == []


def test_runs_are_limited(call: Call, state: Path) -> None:
    """The newest N."""
    assert len(call("runs", "-n", "1", "--format", "json").json["runs"]) == 1


def test_runs_of_an_ambiguous_id(call: Call, state: Path) -> None:
    """The candidates are named."""
    answer = call("runs", "close-day")
    assert answer.code == 1
    assert "billing/close-day, stock/close-day" in answer.stderr


def test_runs_of_an_unknown_job(call: Call, state: Path) -> None:
    """The nearest is named."""
    answer = call("runs", "billing/cutover")
    assert answer.code == 1
    assert "did you mean 'billing/cut-over'?" in answer.stderr


@pytest.mark.parametrize("arguments", [("runs", "-n", "0"), ("jobs", "--format", "xml"), ("status", "extra")])
def test_wrong_usage_exits_2(call: Call, state: Path, arguments: tuple[str, ...]) -> None:
    """As click says it."""
    assert call(*arguments).code == 2
