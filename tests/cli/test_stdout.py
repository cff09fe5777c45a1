"""Standard output that takes nothing: every command says so in one line, and none calls it a success."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.cli.test_program import PROGRAM, environment

SAID = "Error: stdout: No space left on device\n"
BUFFERING = pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
UNFLUSHED = """
import sys
from schedrun.cli import stdout
sys.stdout = stdout.named(sys.stdout)
sys.stdout.write("never flushed")
sys.exit(stdout.ended({code}, sys.stdout))
"""


@pytest.fixture
def full() -> Iterator[BinaryIO]:
    """Return a stream onto the device of Linux on which every write finds no space."""
    with Path("/dev/full").open("wb") as stream:
        yield stream


def _ended(
    folder: Path, command: tuple[str, ...], *, stdout: BinaryIO, unbuffered: str = ""
) -> subprocess.CompletedProcess[str]:
    """Return how the command ended; `unbuffered` is the value of PYTHONUNBUFFERED."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(PYTHONUNBUFFERED=unbuffered),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


@BUFFERING
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--help",), 1),
        (("--version",), 1),
        (("init", "fresh"), 1),
        (("validate",), 2),
        (("validate", "--help"), 2),
        (("validate", "--format", "sarif"), 2),
        (("explain",), 1),
        (("plan",), 1),
        (("plan", "--exit-code", "--format", "json"), 1),
        (("status",), 1),
        (("next",), 1),
        (("forecast", "--format", "ical"), 2),
        (("jobs", "--format", "json"), 1),
        (("runs",), 1),
        (("runs", "show", "bbbb"), 1),
        (("runs", "logs", "bbbb"), 1),
        (("why", "billing/cut-over@2026-01-02T00:00:00Z"), 1),
        (("state", "check"), 1),
        (("export", "--to", "kubernetes"), 2),
        (("render",), 2),
        (("schema",), 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_full_stdout_is_one_line_and_no_success(
    tmp_path: Path,
    manifests: Path,
    state: Path,
    full: BinaryIO,
    arguments: tuple[str, ...],
    code: int,
    unbuffered: str,
) -> None:
    """It is named with its reason, without a traceback; where 1 is a verdict, the exit code is 2."""
    ended = _ended(tmp_path, (*PROGRAM, *arguments), stdout=full, unbuffered=unbuffered)
    assert (code, SAID) == (ended.returncode, ended.stderr)


def test_a_full_stdout_of_import_stands_beside_its_report(tmp_path: Path, full: BinaryIO) -> None:
    """A manifest that was not printed is no import."""
    (tmp_path / "crontab").write_text("17 4 * * * true\n", encoding="utf-8")
    ended = _ended(tmp_path, (*PROGRAM, "import", "--from", "crontab", "crontab"), stdout=full)
    assert 2 == ended.returncode
    assert SAID in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("code", "expected", "said"),
    [
        pytest.param("0", 1, SAID, id="success"),
        pytest.param("None", 1, SAID, id="no code"),
        pytest.param("3", 3, "", id="a failure that was told already"),
    ],
)
def test_what_is_still_buffered_at_the_end_counts(
    tmp_path: Path, full: BinaryIO, code: str, expected: int, said: str
) -> None:
    """A function of a job may print without a flush."""
    ended = _ended(tmp_path, (sys.executable, "-c", UNFLUSHED.format(code=code)), stdout=full)
    assert (expected, said) == (ended.returncode, ended.stderr)


@pytest.mark.parametrize(
    ("arguments", "code", "unbuffered"),
    [(("next", "--help"), 1, ""), (("validate", "--help"), 2, ""), (("validate",), 2, ""), (("validate",), 2, "1")],
)
def test_a_closed_pipe_is_quiet(
    tmp_path: Path, manifests: Path, arguments: tuple[str, ...], code: int, unbuffered: str
) -> None:
    """Also where 1 is a verdict: then the exit code is 2."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        ended = _ended(tmp_path, (*PROGRAM, *arguments), stdout=closed, unbuffered=unbuffered)
    assert (code, "") == (ended.returncode, ended.stderr)
