"""Whether the last session of a ledger is that of a process which works elsewhere."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schedrun.core.run.recorded import Session
from schedrun.scheduler import sessions
from schedrun.targets import attendant

pytestmark = pytest.mark.real_time

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOLDS = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("ready", flush=True)
sys.stdin.readline()
fcntl.flock(file, fcntl.LOCK_UN)
print("let go", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Return a process that holds a lock until it reads a line; this one holds another."""
    program = [sys.executable, "-c", HOLDS, str(tmp_path / "theirs")]
    process = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "ready\n" == process.stdout.readline()
    with (tmp_path / "ours").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield process
    process.kill()
    process.communicate()


def of(process: subprocess.Popen[str]) -> Session:
    """Return the session that the process would have begun."""
    return Session(f"{attendant.digest(process.pid)}{'0' * 16}", process.pid, NOW, NOW)


def test_is_elsewhere_while_its_process_lives(other: subprocess.Popen[str]) -> None:
    """Not once it has said that it ends, nor when it was killed: a zombie works on nothing."""
    session = of(other)
    assert sessions.is_elsewhere(session)
    assert not sessions.is_elsewhere(replace(session, ended_at=NOW))
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert not sessions.is_elsewhere(session)


def test_is_not_that_of_whoever_has_the_number_now(other: subprocess.Popen[str]) -> None:
    """The id names another process: an earlier one, that of another boot, or of an older schedrun."""
    assert not sessions.is_elsewhere(replace(of(other), id="0" * 32))
    assert not sessions.is_elsewhere(replace(of(other), pid=2**22 + 1))


def test_is_over_where_the_process_has_let_go(other: subprocess.Popen[str]) -> None:
    """An application lives on after its scheduler, which could not record its end."""
    assert other.stdin is not None
    assert other.stdout is not None
    print(file=other.stdin, flush=True)
    assert "let go\n" == other.stdout.readline()
    assert not sessions.is_elsewhere(of(other))


def test_is_none_of_this_process() -> None:
    """Whoever holds the lock may begin anew after a failure."""
    begun = sessions.begin(NOW)
    assert (os.getpid(), NOW, None) == (begun.pid, begun.started_at, begun.ended_at)
    assert not sessions.is_elsewhere(begun)
    assert not sessions.is_elsewhere(None)
    assert begun.id != sessions.begin(NOW).id
    assert str(attendant.digest(os.getpid())) == begun.id[:16]
