"""Whether the last session of a ledger is that of a process which works elsewhere."""

import os
import subprocess
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


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """Return another process."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def original(tmp_path: Path) -> Path:
    (tmp_path / "original.db").write_bytes(b"")
    return tmp_path / "original.db"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / "copy.db").write_bytes(b"")
    return tmp_path / "copy.db"


def of(process: subprocess.Popen[bytes], state: Path) -> Session:
    """Return the session that the process would have begun on the state."""
    ours = sessions.begin(NOW, state=state)
    return Session(f"{attendant.digest(process.pid)}{ours.id[16:]}", process.pid, NOW, NOW)


def test_is_elsewhere_while_its_process_lives(other: subprocess.Popen[bytes], original: Path, copy: Path) -> None:
    """Not once it has said that it ends, nor when it was killed: a zombie works on nothing."""
    session = of(other, original)
    assert sessions.is_elsewhere(session, state=copy)
    assert not sessions.is_elsewhere(replace(session, ended_at=NOW), state=copy)
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert not sessions.is_elsewhere(session, state=copy)


def test_is_not_that_of_whoever_has_the_number_now(other: subprocess.Popen[bytes], original: Path, copy: Path) -> None:
    """The id names another process: an earlier one, that of another boot, or of an older schedrun."""
    assert not sessions.is_elsewhere(replace(of(other, original), id="0" * 32), state=copy)
    assert not sessions.is_elsewhere(replace(of(other, original), pid=2**22 + 1), state=copy)


def test_is_over_on_the_file_whose_lock_we_hold(other: subprocess.Popen[bytes], original: Path, tmp_path: Path) -> None:
    """An application lives on after its scheduler, which could not record its end; also where the file was renamed."""
    session = of(other, original)
    assert not sessions.is_elsewhere(session, state=original)
    renamed = original.rename(tmp_path / "renamed.db")
    assert not sessions.is_elsewhere(session, state=renamed)


def test_is_none_of_this_process(original: Path, copy: Path) -> None:
    """Whoever holds the lock may begin anew after a failure."""
    begun = sessions.begin(NOW, state=original)
    assert (os.getpid(), NOW, None) == (begun.pid, begun.started_at, begun.ended_at)
    assert not sessions.is_elsewhere(begun, state=copy)
    assert begun.id != sessions.begin(NOW, state=original).id
    assert str(attendant.digest(os.getpid())) == begun.id[:16]
    assert 32 == len(begun.id) == len(sessions.begin(NOW).id)
