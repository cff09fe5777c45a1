"""Standard error that takes nothing: the exit code still tells."""

import subprocess
import sys
from pathlib import Path

import pytest

from schedrun.cli import stderr
from tests.cli.test_program import PROGRAM, environment


def test_wrong_usage_is_no_verdict_where_nobody_can_be_told(tmp_path: Path) -> None:
    """1 would mean that something was found."""
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            (*PROGRAM, "validate", "--nope"),
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=full,
            check=False,
        )
    assert (2, b"") == (ended.returncode, ended.stdout)


def test_what_is_part_of_an_answer_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import reports on stderr: that is refused, once; where nothing but errors stand there they may be lost."""
    with Path("/dev/full").open("w", encoding="utf-8", buffering=1) as full:
        monkeypatch.setattr("sys.stderr", stderr.losing(full))
        with pytest.raises(OSError, match="No space left"):
            sys.stderr.write("DIFFERS at 1 instant\n")
        sys.stderr.flush()
        monkeypatch.setattr("sys.stderr", stderr.losing(full))
        stderr.lose()
        sys.stderr.write("Error: so it is\n")


def test_what_can_be_written_is(tmp_path: Path) -> None:
    """Each line at once, as a terminal gets it."""
    path = tmp_path / "stderr"
    with path.open("w", encoding="utf-8", buffering=1) as stream:
        stderr.losing(stream).write("Error: so it is\n")
        assert "Error: so it is\n" == path.read_text(encoding="utf-8")
