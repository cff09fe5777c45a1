"""`runs` and its parts: one run's facts, and what it has printed."""

import asyncio
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from schedrun.cli.main import cli
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.run import Run
from schedrun.core.status import RunKind, RunStatus
from schedrun.protocols import Transaction
from tests.cli.conftest import SEEN, Call, job, record, row
from tests.cli.test_program import on_terminal

RAW = "first\tone\r\nred \x1b[31m\n"
HARMLESS = "first\tone\nred \\x1b[31m\n"


def _history(tx: Transaction) -> None:
    tx.put_job(row("billing/show", job({"every": "1h"}, retries={"max": 2})))
    run = Run("abc123", "uid-billing/show", SEEN, RunKind.SCHEDULED, RunStatus.QUEUED, SEEN)
    tx.insert_run(run.started(SEEN))
    failed = Outcome(exit_code=3, error="exit code 3", output="tried\n")
    tx.finish_run("abc123", attempt=1, status=RunStatus.FAILED, at=SEEN, outcome=failed, retry_at=SEEN)
    tx.start_run("abc123", at=SEEN)
    tx.finish_run("abc123", attempt=2, status=RunStatus.SUCCEEDED, at=SEEN, outcome=Outcome(output=RAW))
    for run_id in ("abd111", "abd222"):
        tx.insert_run(Run(run_id, "uid-billing/show", SEEN, RunKind.MANUAL, RunStatus.QUEUED, SEEN))


@pytest.fixture
def tried(tmp_path: Path) -> Path:
    """Return a state with a run that succeeded on its second attempt, and two that wait."""
    state = tmp_path / ".schedrun" / "state.db"
    asyncio.run(record(state, _history))
    return state


def spill(state: Path, name: str, text: bytes, *, finished: bool = True) -> None:
    """Write a file of output as a service does, to its end or as one that was killed leaves it."""
    folder = state.with_name("state.db.logs")
    folder.mkdir(exist_ok=True)
    stream = zlib.compressobj(wbits=31)
    written = stream.compress(text) + stream.flush(zlib.Z_FINISH if finished else zlib.Z_SYNC_FLUSH)
    (folder / name).write_bytes(written)


def test_show_names_every_fact(call: Call, tried: Path) -> None:
    """By the beginning of the id."""
    shown = call("runs", "show", "abc").stdout
    assert shown.startswith("run abc123 of billing/show\n  status: succeeded\n")
    assert "  attempt: 2\n" in shown
    assert ["ATTEMPT", "attempt", "attempt"] == [line.split()[0] for line in shown.splitlines()[-3:]]


def test_show_for_programs(call: Call, tried: Path) -> None:
    """Run and attempts, and where output is kept beside the state."""
    spill(tried, "abc123-2.gz", b"all")
    view = call("runs", "show", "abc123", "--format", "json").json
    assert {"schema_version", "run", "attempts"} == set(view)
    assert [("failed", 3, None), ("succeeded", None, ".schedrun/state.db.logs/abc123-2.gz")] == [
        (attempt["status"], attempt["exit_code"], attempt["log"]) for attempt in view["attempts"]
    ]


def test_logs_into_a_pipe_are_as_they_were(call: Call, tried: Path) -> None:
    """The last attempt's, or the one that is named."""
    result = CliRunner().invoke(cli, ["runs", "logs", "abc123"])
    assert RAW.encode() == result.stdout_bytes
    assert "tried\n" == call("runs", "logs", "abc123", "--attempt", "1").stdout
    assert RAW.encode() == CliRunner().invoke(cli, ["runs", "logs", "abc", "--follow"]).stdout_bytes


def test_logs_on_a_terminal_are_harmless(tried: Path, tmp_path: Path) -> None:
    """Line breaks and tabs stay, what would move the cursor is written out."""
    assert HARMLESS == on_terminal(tmp_path, "runs", "logs", "abc123").replace("\r", "")


@pytest.mark.parametrize("finished", [True, False], ids=["finished", "of-a-killed-service"])
def test_logs_come_from_the_file_where_there_is_one(call: Call, tried: Path, *, finished: bool) -> None:
    """The ledger holds only the first part of it."""
    whole = b"".join(b"%d\n" % number for number in range(300_000))
    spill(tried, "abc123-2.gz", whole, finished=finished)
    assert whole == CliRunner().invoke(cli, ["runs", "logs", "abc123"]).stdout_bytes


def test_a_run_that_has_printed_nothing_says_so(call: Call, tried: Path) -> None:
    """On stderr: what stands on stdout is the run's output alone."""
    answer = call("runs", "logs", "abd1")
    assert (0, "", "Run abd111 has printed nothing yet.\n") == (answer.code, answer.stdout, answer.stderr)


def test_an_attempt_that_there_was_not(call: Call, tried: Path) -> None:
    """The number of those that there were is named."""
    answer = call("runs", "logs", "abc123", "--attempt", "3")
    assert (1, "Error: this run has no such attempt: abc123 has had 2, not 3\n") == (answer.code, answer.stderr)
    assert answer == call("runs", "logs", "abc123", "--attempt", "3", "--follow")


@pytest.mark.parametrize("part", ["show", "logs"])
def test_a_run_that_is_not_found(call: Call, tried: Path, part: str) -> None:
    """None has the id, or several begin like it."""
    assert (1, "Error: no run has this id: 'xyz'\n") == (
        call("runs", part, "xyz").code,
        call("runs", part, "xyz").stderr,
    )
    ambiguous = call("runs", part, "abd").stderr
    assert "'abd' is one of abd111, abd222; give more letters" in ambiguous
    assert 2 == call("runs", part).code


def test_a_job_that_is_called_as_a_part_is_named_with_its_set(call: Call, tried: Path) -> None:
    """The list goes on working beside its parts."""
    assert ["abc123", "abd111", "abd222"] == sorted(
        run["id"] for run in call("runs", "billing/show", "--format", "json").json["runs"]
    )
    assert 1 == len(call("runs", "-n", "1", "billing/show", "--format", "json").json["runs"])
    assert "billing/nobody" in call("runs", "billing/nobody").stderr


def test_help_names_the_parts(call: Call) -> None:
    """With what each does."""
    shown = call("runs", "--help").stdout
    assert "Usage: schedrun runs [OPTIONS] [JOB]" in shown
    assert "  show  Show everything that is known of one run." in shown
    for part in ("show", "logs"):
        assert f"Usage: schedrun runs {part} [OPTIONS] ID" in call("runs", part, "--help").stdout
