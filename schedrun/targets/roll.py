"""The roll: which processes lead the runs that are attended to now, in a file that outlives a killed service.

The mark that a run's processes bear is lost with their variables; who led a run, and into which pipe it printed, is
then all that tells whose they were. Nothing here waits for a disk: a process that is killed leaves to the kernel what
it wrote, and after a power cut no process lives.
"""

import json
import logging
import os
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from schedrun.targets import attendant, procfs
from schedrun.targets.search import Wanted

log = logging.getLogger(__name__)

_SLOT_BYTES = 256
_MOST_BYTES = 1 << 26


class Leader(NamedTuple):
    """The first process of a run: its pid, its birth, and the inode of the pipe into which the run prints."""

    pid: int
    started: int
    pipe: int


class Roll:
    """One file of slots of equal size: the first names the service, each other one a run that it attends to.

    The file is this process's own, and put in the place of the last one with the first use, which comes when the
    state is held. Nothing here raises OSError: without the file, what bears no mark is not found after a crash.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None
        self._opened = False
        self._slots = 1
        self._free: list[int] = []
        self._left: dict[str, list[tuple[int, Leader]]] = {}

    def left(self) -> Collection[str]:
        """Return the ids of the runs that a killed service attended to when it was last seen."""
        self._open()
        return frozenset(self._left)

    def wanted(self, run_id: str) -> Wanted:
        """Return by what the processes of a run that was left are found.

        Its session counts where its leader lives: else the number may have been given to another one since.
        """
        for _, leader in self._left.get(run_id, ()):
            one = procfs.standing(leader.pid)
            if one is not None and one.started == leader.started:
                return Wanted(run_id, session=leader.pid, leader=one, pipe=leader.pipe)
            return Wanted(run_id, pipe=leader.pipe)
        return Wanted(run_id)

    def forget(self, run_id: str) -> None:
        """Strike a run that was left: nothing of it lives."""
        for slot, _ in self._left.pop(run_id, ()):
            self._strike(slot)

    def enter(self, run_id: str, *, pid: int, pipe: int) -> Callable[[], None]:
        """Write down who leads a run; return what strikes it again."""
        self._open()
        one = procfs.standing(pid)
        if self._descriptor is None or one is None:
            return lambda: None
        slot = self._free.pop() if self._free else self._slots
        self._slots = max(self._slots, slot + 1)
        self._write(slot, [run_id, pid, one.started, pipe])
        return lambda: self._strike(slot)

    def close(self) -> None:
        """Release the file, which stays; idempotent. What is in it still is the next service's."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _strike(self, slot: int) -> None:
        self._write(slot, None)
        self._free.append(slot)

    def _write(self, slot: int, entry: object) -> None:
        text = json.dumps(entry).encode().ljust(_SLOT_BYTES - 1) + b"\n"
        if self._descriptor is not None and len(text) == _SLOT_BYTES:
            with suppress(OSError):  # a full disk
                os.pwrite(self._descriptor, text, slot * _SLOT_BYTES)

    def _open(self) -> None:
        """Read what an earlier service left, and begin a file of our own with it."""
        if self._opened:
            return
        self._opened = True
        draft = self._file.with_name(f"{self._file.name}.draft")
        left = _read(self._file)
        try:
            draft.unlink(missing_ok=True)
            self._descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._write(0, [attendant.boot(), attendant.ours()])
            for run_id, leader in left:
                self._write(self._slots, [run_id, *leader])
                self._left.setdefault(run_id, []).append((self._slots, leader))
                self._slots += 1
            # Not written over: the service before us may still be ending what it left, and strike that in its own.
            draft.replace(self._file)
        except OSError as error:
            self.close()
            facts = {"event": "no_roll", "error": str(error)}
            log.warning("Who leads a run is not written down", extra=facts)


def _read(file: Path) -> list[tuple[str, Leader]]:
    """Return the runs that a service attended to which does not live any more, none from another boot."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return []
    with os.fdopen(descriptor, "rb") as opened:
        first, *others = [_entry(line) for line in opened.read(_MOST_BYTES).splitlines()] or [None]
    match first:
        case [str() as boot, str() as service] if boot and boot == attendant.boot() and not attendant.may_live(service):
            return [entry for entry in map(_run, others) if entry is not None]
        case _:
            return []


def _entry(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _run(entry: object) -> tuple[str, Leader] | None:
    match entry:
        case [str() as run_id, int() as pid, int() as started, int() as pipe]:
            return run_id, Leader(pid, started, pipe)
        case _:
            return None
