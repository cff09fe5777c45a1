"""A consistent copy of a state, taken beside whoever writes it."""

import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from schedrun.core.errors import StoreError
from schedrun.core.run.checked import FILE, Checked
from schedrun.stores import checking, faults, folder
from schedrun.stores.faults import StateDamagedError
from schedrun.stores.readonly import connected


class BackupExistsError(StoreError):
    """there is a file already, and no backup is written over one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{self.sentence}: {path} (name another, or move it away)")


class BackupError(StoreError):
    """the backup could not be written."""

    def __init__(self, path: Path, detail: str) -> None:
        self.path, self.detail = path, detail
        super().__init__(f"{self.sentence}: {path}: {detail} (name a file where there is room and the right to write)")


def back_up(state: Path, target: Path) -> Checked:
    """Copy the state at `state` to the new file `target`, mode 0600, and return what a check of the copy found.

    The copy is whole and durable before it has its name, and a single file. Raises BackupExistsError when `target`
    exists, StateMissingError without a state, StateDamagedError when the state cannot be copied or its copy cannot
    be read, BackupError when it cannot be written; none of them leaves a file behind.
    """
    if os.path.lexists(target):
        raise BackupExistsError(target)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    with connected(state) as source:
        try:
            os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, folder.FILE_MODE))
            _copy(source, draft, state=state, target=target)
            checked = checking.check(draft)
            if checked.damaged:
                raise StateDamagedError(state, next(flaw.message for flaw in checked.flaws if flaw.promise == FILE))
            _publish(draft, target)
        except OSError as error:
            raise BackupError(target, error.strerror or str(error)) from error
        finally:
            for suffix in ("", "-wal", "-shm", "-journal"):
                draft.with_name(draft.name + suffix).unlink(missing_ok=True)
    return checked


def _copy(source: sqlite3.Connection, draft: Path, *, state: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(draft, isolation_level=None)) as copy:
            # In one step: what is written meanwhile would make it begin anew.
            source.backup(copy, pages=-1)
            # Without a log beside it the copy is one file, which a folder that cannot be written may hold.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        fault = faults.of_sqlite(state, error)
        # Reading meets damage; everything else is met where the copy is written.
        raise fault if isinstance(fault, StateDamagedError) else BackupError(target, str(error)) from error


def _publish(draft: Path, target: Path) -> None:
    """Give the draft its name, unless there is such a file by now."""
    _synchronise(draft, os.O_RDONLY)
    try:
        os.link(draft, target)
    except FileExistsError as error:
        raise BackupExistsError(target) from error
    except OSError:
        # A file system without hard links.
        if os.path.lexists(target):
            raise BackupExistsError(target) from None
        draft.rename(target)
    _synchronise(target.parent, os.O_RDONLY | os.O_DIRECTORY)


def _synchronise(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
