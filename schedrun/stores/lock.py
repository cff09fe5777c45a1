"""The lock beside a state: at most one process is active on it, and the lock dies with its holder."""

import contextlib
import fcntl
import os
from datetime import datetime
from pathlib import Path
from weakref import WeakSet

from schedrun.core.errors import StateLockedError
from schedrun.stores import faults, folder
from schedrun.stores.faults import StateGoneError

_CONTENT_LIMIT = 200


class StateLock:
    """An exclusive `flock` on `<state>.lock`, whose content names the holder: its pid and when it began.

    The kernel's lock alone decides. The content is for people, and is believed only while its process lives.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._file = _file_of(state)
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def acquire(self, pid: int | None, now: datetime) -> None:
        """Take the lock and write who holds it, None for nobody by name; no-op when it is held here already.

        Raises StateLockedError, naming the holder, when another process has it, and StoreError as
        `folder.prepare` does.
        """
        if not self.try_acquire(pid, now):
            holder, since = self._holder()
            raise StateLockedError(str(self._state), pid=holder, since=since)

    def try_acquire(self, pid: int | None, now: datetime) -> bool:
        """Take the lock if it is free; whether it is held here now."""
        if self._descriptor is not None:
            return True
        folder.prepare(self._state)
        descriptor = folder.create_private(self._file, state=self._state)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Where it was replaced since it was opened, who holds the new one is not kept out by this one.
            ours = self._names(descriptor)
            if ours:
                _write(descriptor, "" if pid is None else f"{pid} {now.isoformat()}\n")
        except BlockingIOError:
            ours = False
        except OSError as error:
            os.close(descriptor)
            raise faults.of_system(self._state, error) from error
        except BaseException:
            os.close(descriptor)
            raise
        if not ours:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        _held.add(self)
        return True

    def check(self) -> None:
        """Raise StateGoneError when another process could take the lock although it is held here."""
        if self._descriptor is not None and not self._names(self._descriptor):
            raise StateGoneError(self._state, self._file)

    def release(self) -> None:
        """Let the next one in; no-op when it is not held here."""
        if self._descriptor is None:
            return
        # Emptied first: once the lock is free the content may be someone else's.
        with contextlib.suppress(OSError):  # it is for people, and a disk that takes nothing any more keeps no lock
            _write(self._descriptor, "")
        self.forget()

    def forget(self) -> None:
        """Close the descriptor and nothing else: what a forked child does with what it inherited."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            _held.discard(self)

    def _names(self, descriptor: int) -> bool:
        """Whether the lock's path still leads to this very file."""
        try:
            named = self._file.stat()
        except OSError:
            return False
        return os.path.samestat(named, os.fstat(descriptor))

    def _holder(self) -> tuple[int | None, datetime | None]:
        try:
            with self._file.open(encoding="utf-8", errors="replace") as file:
                said, _, since = file.read(_CONTENT_LIMIT).strip().partition(" ")
        except OSError:
            return None, None
        try:
            pid, began = int(said), datetime.fromisoformat(since)
        except ValueError:
            return None, None
        # What a killed process left behind is read until its successor has written its own name.
        return (pid, began) if Path(f"/proc/{pid}").exists() else (None, None)


def abandoned(state: Path, *, pid: int) -> bool:
    """Whether nobody holds the lock any more that process `pid` once held; False where that cannot be told.

    For readers, who must be in nobody's way: only when there is no such process here (it may have another number in
    its container) the lock itself is asked, for as long as it takes to ask.
    """
    if Path(f"/proc/{pid}").exists():
        return False
    try:
        descriptor = os.open(_file_of(state), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)


def _file_of(state: Path) -> Path:
    return state.with_name(state.name + ".lock")


_held: WeakSet[StateLock] = WeakSet()


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)


def _forget_in_child() -> None:
    # A flock belongs to the open file, which a forked child shares: it would outlive a killed service there.
    for lock in tuple(_held):
        lock.forget()


os.register_at_fork(after_in_child=_forget_in_child)
