"""Standard error that takes nothing: the exit code still tells."""

import subprocess
from pathlib import Path

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


def test_what_can_be_written_is(tmp_path: Path) -> None:
    """Each line at once, as a terminal gets it."""
    path = tmp_path / "stderr"
    with path.open("w", encoding="utf-8", buffering=1) as stream:
        stderr.lenient(stream).write("Error: so it is\n")
        assert "Error: so it is\n" == path.read_text(encoding="utf-8")
