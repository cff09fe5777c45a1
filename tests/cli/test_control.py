"""`pause`, `resume`, `trigger` and `cancel` where no service is active: usage, answers and what they leave."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.run.recorded import RecordedJob
from schedrun.stores.readonly import open_reader
from tests.cli.conftest import Call

NOTHING_RUNS = "No service is active on this state: nothing was started"


def row(state: Path, key: str) -> RecordedJob:
    """Return a job's row."""
    with open_reader(state) as ledger:
        found = ledger.read(lambda reader: reader.job_by_key(key))
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def _ann(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ann")


@pytest.mark.parametrize("command", ["pause", "resume", "trigger", "cancel"])
def test_a_state_that_does_not_exist_names_run(call: Call, command: str, tmp_path: Path) -> None:
    """Exit code 1, one line, and nothing is created."""
    answer = call(command, "x", "--state", "none/state.db")
    assert (1, "") == (answer.code, answer.stdout)
    assert "schedrun run --state none/state.db" in answer.stderr
    assert [] == list(tmp_path.iterdir())


def test_a_pause_says_what_it_did(call: Call, state: Path, manifests: Path) -> None:
    """Why, until when, and that no service is there; it shows in every plan."""
    answer = call("pause", "billing/close-day", "--reason", "vendor \x1b[31moutage", "--until", "2099-01-01T00:00:00Z")
    first, second = answer.stdout.splitlines()
    assert re.fullmatch(
        r"Paused billing/close-day until 2099-01-01T00:00:00Z \(in \d+ d\): vendor \\x1b\[31moutage", first
    )
    assert (0, True) == (answer.code, second.startswith(NOTHING_RUNS))
    override = row(state, "billing/close-day").override
    assert override is not None
    assert ("vendor \x1b[31moutage", "ann") == (override.reason, override.by)
    assert "! override billing/close-day: paused by ann until 2099-01-01T00:00:00Z" in call("plan").stdout


def test_a_pause_for_programs(call: Call, state: Path) -> None:
    """All keys; what was not said is null."""
    view = call("pause", "cut-over", "--format", "json").json
    assert {
        "schema_version": 1,
        "job": "billing/cut-over",
        "reason": None,
        "by": "ann",
        "until": None,
        "next_fire": None,
        "by_service": False,
    } == view


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("2099-07-01T02:00:00", datetime(2099, 7, 1, tzinfo=UTC), id="read in the job's time zone"),
        pytest.param("2099-07-01T02:00:00+05:00", datetime(2099, 6, 30, 21, tzinfo=UTC), id="another zone's offset"),
        pytest.param("2099-07-01T02:00:00Z", datetime(2099, 7, 1, 2, tzinfo=UTC), id="UTC"),
    ],
)
def test_until_is_an_instant(call: Call, state: Path, said: str, expected: datetime) -> None:
    """The job's clocks are those of Berlin."""
    assert 0 == call("pause", "billing/close-day", "--until", said).code
    override = row(state, "billing/close-day").override
    assert override is not None
    assert expected == override.until


def test_until_is_a_duration_from_now(call: Call, state: Path) -> None:
    """Counted from when the command was called."""
    assert 0 == call("pause", "billing/close-day", "--until", "1h30m").code
    override = row(state, "billing/close-day").override
    assert override is not None
    assert override.until is not None
    assert timedelta(hours=1, minutes=29) < override.until - override.since <= timedelta(hours=1, minutes=30)


def test_without_a_time_zone_until_is_in_utc(call: Call, state: Path) -> None:
    """As a job's schedule is."""
    assert 0 == call("pause", "fx-rates", "--until", "2099-07-01T02:00:00").code
    override = row(state, "billing/fx-rates").override
    assert override is not None
    assert datetime(2099, 7, 1, 2, tzinfo=UTC) == override.until


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param("soon", "'soon' is no instant", id="no instant"),
        pytest.param("0s", "--until 0s has passed", id="now"),
        pytest.param("2020-01-01T00:00:00Z", "--until 2020-01-01T00:00:00Z has passed", id="past"),
        pytest.param("2099-03-29T02:30:00", "the clocks skip it", id="in the gap of spring"),
        pytest.param(
            "9999999d", "'9999999d' is out of range: write a year from 1970 to 8999", id="beyond the calendar"
        ),
        pytest.param("99999999999999d", "'99999999999999d' is out of range", id="beyond any duration"),
    ],
)
def test_until_must_be_ahead(call: Call, state: Path, said: str, words: str) -> None:
    """Exit code 2, and the job is not paused."""
    answer = call("pause", "billing/close-day", "--until", said)
    assert (2, "") == (answer.code, answer.stdout)
    assert words in answer.stderr
    assert row(state, "billing/close-day").override is None


def test_a_resume_says_when_the_job_fires_next(call: Call, state: Path) -> None:
    """And once more: that it was not paused."""
    resumed, again = call("resume", "fx-rates"), call("resume", "fx-rates", "--format", "json")
    assert re.match(r"Resumed billing/fx-rates; it fires next \S+:\d\d:00Z \(.+\)\.\n", resumed.stdout)
    assert {"schema_version", "job", "lifted", "next_fire", "by_service"} == set(again.json)
    assert (0, 0, False) == (resumed.code, again.code, again.json["lifted"])
    assert row(state, "billing/fx-rates").override is None


def test_a_pause_of_the_manifest_is_lifted_there(call: Call, manifests: Path) -> None:
    """File and line are named, and the exit code is 1."""
    path = manifests / "billing.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "    paused: true\n", encoding="utf-8")
    assert 0 == call("apply").code
    answer = call("resume", "fx-rates")
    assert (1, "") == (answer.code, answer.stdout)
    assert "'billing/fx-rates' stands in manifests/billing.yaml:9" in answer.stderr


def test_a_trigger_waits_for_the_next_start(call: Call, state: Path) -> None:
    """Its answer says so; a second one is refused, leaves no row, and names the first."""
    answer = call("trigger", "cut-over", "--format", "json")
    keys = {"job", "run", "status", "waits_for", "by_service"}
    assert {"schema_version", *keys} == set(answer.json)
    run = answer.json["run"]
    assert ("queued", "the next start", False) == tuple(
        answer.json[key] for key in ("status", "waits_for", "by_service")
    )
    refused = call("trigger", "cut-over")
    assert (1, "") == (refused.code, refused.stdout)
    assert f"run {run} of 'billing/cut-over'" in refused.stderr
    assert ["queued", "succeeded"] == [each["status"] for each in runs(call, "cut-over")]
    text = call("trigger", "fx-rates").stdout
    assert re.match(r"Queued run [0-9a-f]{20} of billing/fx-rates: it waits for the next start\.\n", text)
    assert NOTHING_RUNS in text


def runs(call: Call, job: str) -> list[dict[str, Any]]:
    """Return the job's runs, newest first."""
    found: list[dict[str, Any]] = call("runs", job, "--format", "json").json["runs"]
    return found


def test_a_run_that_waits_is_cancelled_at_once(call: Call, state: Path) -> None:
    """By the beginning of its id; then it has ended, and is refused."""
    run = call("trigger", "cut-over", "--format", "json").json["run"]
    answer = call("cancel", run[:8])
    assert answer.stdout.startswith(f"Cancelled run {run} of billing/cut-over before it started.\n{NOTHING_RUNS}")
    (cancelled, _) = runs(call, "cut-over")
    assert ("cancelled", "cancelled by ann before it started") == (cancelled["status"], cancelled["error"])
    again = call("cancel", run)
    assert (1, "Error: this run has ended: " + f"{run} cancelled\n") == (again.code, again.stderr)


def test_a_run_is_named_by_as_much_of_its_id_as_is_unique(call: Call, state: Path) -> None:
    """An unknown one is an error that says so; nothing at all, as of an unset variable, means nobody's run."""
    triggered = call("trigger", "cut-over", "--format", "json").json["run"]
    assert (1, "Error: no run has this id: ''\n") == (call("cancel", "").code, call("cancel", "").stderr)
    assert call("runs", "show", triggered[:4]).code == 0
    assert (1, "Error: no run has this id: 'zz'\n") == (call("cancel", "zz").code, call("cancel", "zz").stderr)


@pytest.mark.parametrize("command", ["pause", "resume", "trigger"])
def test_a_job_is_named_by_its_id_where_that_is_unique(call: Call, state: Path, command: str) -> None:
    """Candidates and near misses are named."""
    assert "billing/close-day, stock/close-day" in call(command, "close-day").stderr
    assert "did you mean 'billing/cut-over'?" in call(command, "billing/cutover").stderr


def test_who_has_no_name_is_a_number(call: Call, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under a user of no name."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    monkeypatch.setattr("os.getuid", lambda: 4711)
    assert "uid 4711" == call("pause", "cut-over", "--format", "json").json["by"]
