"""The lock with real processes: who holds it, and that it dies with its holder."""

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schedrun.core.errors import StateLockedError
from schedrun.stores.faults import StateFullError, StateGoneError, UnsafeFolderError
from schedrun.stores.lock import StateLock, abandoned

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

HOLD = """
import os, subprocess, sys
from datetime import datetime, UTC
from pathlib import Path
from schedrun.stores.lock import StateLock
lock = StateLock(Path(sys.argv[1]))
lock.acquire(os.getpid(), datetime(2026, 3, 1, 9, 30, tzinfo=UTC))
{then}
print("held", flush=True)
sys.stdin.read()
"""

FORK = """
said, up = os.pipe()
os.set_inheritable(up, True)
child = os.fork()
if child == 0:
    os.close(1)
"""
"""A child that says when it goes its own way: until then it may still hold what it inherited."""


@contextmanager
def holder(state: Path, then: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run a process that holds the lock until it is killed."""
    command = [sys.executable, "-c", HOLD.format(then=then), str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_another_process_is_refused_and_told_who_holds_it(state: Path) -> None:
    """The error names pid and start of the holder."""
    lock = StateLock(state)
    with holder(state) as process:
        assert not lock.try_acquire(1, NOW)
        with pytest.raises(StateLockedError, match=f"pid {process.pid}, since 2026-03-01 09:30:00") as caught:
            lock.acquire(1, NOW)
    assert process.pid == caught.value.pid
    assert not lock.held


def test_readers_learn_that_the_holder_was_killed(state: Path) -> None:
    """Neither its process nor its lock is there; asking leaves the lock free."""
    with holder(state) as process:
        assert not abandoned(state, pid=process.pid)
        gone = ended_process()
        assert not abandoned(state, pid=gone)  # it may have another number in its container
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert abandoned(state, pid=process.pid)
    StateLock(state).acquire(os.getpid(), NOW)


def test_readers_presume_nothing_of_a_lock_that_they_cannot_ask(state: Path) -> None:
    """Without its file nobody knows who may hold it."""
    assert not abandoned(state, pid=ended_process())


def ended_process() -> int:
    """Return the pid of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def test_a_killed_holder_leaves_the_lock_free(state: Path) -> None:
    """A restart right after SIGKILL is never refused, whatever the file still says."""
    with holder(state) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    lock = StateLock(state)
    lock.acquire(os.getpid(), NOW)
    assert lock.held
    lock.release()


@pytest.mark.parametrize(
    "then",
    [
        pytest.param('child = subprocess.Popen(["sleep", "60"], close_fds=False)', id="spawned"),
        pytest.param(f"{FORK}    os.execvp('sh', ['sh', '-c', f'echo >&{{up}}; exec sleep 60'])", id="exec"),
        pytest.param(f"{FORK}    import time; os.write(up, b'.'); time.sleep(60)", id="forked"),
    ],
)
def test_children_do_not_keep_the_lock(state: Path, then: str) -> None:
    """A child that outlives its killed parent holds nothing."""
    told = "\nif 'said' in globals():\n    os.read(said, 1)"
    tell = f"{told}\nprint(getattr(child, 'pid', child), flush=True, file=open(sys.argv[1] + '.child', 'w'))"
    with holder(state, then + tell) as process:
        child = int(Path(f"{state}.child").read_text())
        try:
            process.send_signal(signal.SIGKILL)
            process.wait()
            os.kill(child, 0)
            lock = StateLock(state)
            assert lock.try_acquire(os.getpid(), NOW)
            lock.release()
        finally:
            os.kill(child, signal.SIGKILL)


def test_stale_content_names_no_one(state: Path) -> None:
    """While a new holder has not written its name, that of a dead one is not told."""
    lock = StateLock(state)
    with holder(state):
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        lock_file = state.with_name("state.db.lock")
        lock_file.write_text(f"{dead.pid} 2020-01-01T00:00:00+00:00\n")
        with pytest.raises(StateLockedError, match="an unnamed process") as caught:
            lock.acquire(1, NOW)
        assert (None, None) == (caught.value.pid, caught.value.since)


@pytest.mark.parametrize("content", ["", "garbage", "12 yesterday", "\x00\xff"])
def test_content_decides_nothing(state: Path, content: str) -> None:
    """A file that says something, or nonsense, is free when no one holds it."""
    state.parent.mkdir(mode=0o700)
    state.with_name("state.db.lock").write_text(content)
    lock = StateLock(state)
    assert lock.try_acquire(os.getpid(), NOW)
    lock.release()


def test_a_live_pid_in_a_free_file_refuses_no_one(state: Path) -> None:
    """The pid of a killed holder may be another process by now."""
    state.parent.mkdir(mode=0o700)
    state.with_name("state.db.lock").write_text(f"{os.getpid()} {NOW.isoformat()}\n")
    lock = StateLock(state)
    assert lock.try_acquire(1, NOW)
    lock.release()


def test_release_lets_the_next_one_in(state: Path) -> None:
    """Two locks of one process exclude each other as well; release is idempotent."""
    first, second = StateLock(state), StateLock(state)
    first.acquire(os.getpid(), NOW)
    first.acquire(os.getpid(), NOW)
    assert not second.try_acquire(os.getpid(), NOW)
    first.release()
    first.release()
    assert second.try_acquire(os.getpid(), NOW)
    second.release()


def test_the_file_is_its_owners_alone(state: Path) -> None:
    """Content says pid and start; mode is 0600, the folder 0700."""
    lock = StateLock(state)
    lock.acquire(77, NOW)
    file = state.with_name("state.db.lock")
    assert file.read_text() == "77 2026-03-01T12:00:00+00:00\n"
    assert (0o600, 0o700) == (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(state.parent.stat().st_mode))
    lock.release()
    assert file.read_text() == ""


def test_an_unsafe_folder_is_refused(state: Path) -> None:
    """Others could put a lock of their own there."""
    state.parent.mkdir()
    state.parent.chmod(0o777)
    with pytest.raises(UnsafeFolderError):
        StateLock(state).acquire(1, NOW)


def removed(file: Path) -> None:
    file.unlink()


def replaced(file: Path) -> None:
    file.rename(file.with_name("old"))
    file.touch(mode=0o600)


@pytest.mark.parametrize("take", [removed, replaced])
def test_a_lock_that_keeps_nobody_out_is_noticed(state: Path, take: Callable[[Path], None]) -> None:
    """Its file is gone or another: the next process could take that one."""
    lock = StateLock(state)
    lock.check()
    lock.acquire(os.getpid(), NOW)
    lock.check()
    take(state.with_name("state.db.lock"))
    with pytest.raises(StateGoneError, match=r"state\.db\.lock"):
        lock.check()
    lock.release()
    lock.check()


def test_a_file_that_is_replaced_while_it_is_taken_is_not_taken(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes would be active, each with a lock of its own; tried again, it is the new file that counts."""
    flock = fcntl.flock

    def slow(descriptor: int, how: int) -> None:
        flock(descriptor, how)
        replaced(state.with_name("state.db.lock"))
        monkeypatch.setattr(fcntl, "flock", flock)

    monkeypatch.setattr(fcntl, "flock", slow)
    lock = StateLock(state)
    assert not lock.try_acquire(os.getpid(), NOW)
    assert lock.try_acquire(os.getpid(), NOW)
    lock.check()
    lock.release()


def test_a_lock_file_that_went_away_names_no_holder(state: Path) -> None:
    """Nobody is known then."""
    lock = StateLock(state)
    lock.acquire(os.getpid(), NOW)
    state.with_name("state.db.lock").unlink()
    assert (None, None) == lock._holder()
    lock.release()


def test_a_disk_without_room_for_the_name_is_told(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a full disk, and the lock is free again."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    lock = StateLock(state)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(StateFullError, match=r"state\.db"):
            lock.try_acquire(os.getpid(), NOW)
    assert lock.try_acquire(os.getpid(), NOW)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        lock.release()
    assert not lock.held
