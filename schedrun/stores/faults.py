"""What goes wrong with a state, in words that name the file and what to do about it."""

import errno
import os
import resource
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.errors import AlreadyRecordedError, StoreError
from schedrun.core.source import Position

_ASKS_THE_DISK = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
"""What SQLite says of several faults of a disk alike: trying to write there tells which it was."""

_UNDECODABLE = "Could not decode to UTF-8"
"""What the standard `sqlite3` module says, without a code, of a text whose bytes went bad."""

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT = {errno.EROFS, errno.EACCES, errno.EPERM}
_PRIMARY_CODE = 0xFF
_PROBE_BYTES = 64 * 1024


class StoreClosedError(StoreError):
    """the store is closed."""

    def __init__(self) -> None:
        super().__init__(self.sentence)


class UnsafeFolderError(StoreError):
    """others can write the folder of this state, and what they write would run as this user."""

    def __init__(self, folder: Path, *, remedy: str) -> None:
        self.folder = folder
        super().__init__(
            f"{self.sentence}: {folder} ({remedy}, or name a state in a folder of its own, such as"
            f" {folder}/schedrun/state.db)"
        )


class StateDamagedError(StoreError):
    """this state is damaged or not a database of schedrun, and was left as it is."""

    def __init__(self, path: Path, detail: str) -> None:
        self.path, self.detail = path, detail
        beside = f"{path.name}-wal and {path.name}-shm"
        super().__init__(
            f"{self.sentence}: {path}: {detail} (`schedrun state check --state {path}` says what is wrong; move it"
            f" away, {beside} too where they are, and put a backup in its place, or start with an empty state)"
        )


class StateGoneError(StoreError):
    """this state was taken away or replaced while it was in use, so nothing more may be recorded in it."""

    def __init__(self, path: Path, file: Path) -> None:
        self.path, self.file = path, file
        what = "is gone" if not file.exists() else "is another file now"
        super().__init__(
            f"{self.sentence}: {path}: {file} {what} (stop what replaces it, put the right state in its place, and"
            " start again)"
        )


class StateFullError(StoreError):
    """the disk of this state is full, so nothing can be recorded."""

    def __init__(self, path: Path, detail: str) -> None:
        self.path, self.detail = path, detail
        super().__init__(
            f"{self.sentence}: {path}: {detail} (make room on the disk that holds {path.parent}, or raise the quota"
            " or file size limit)"
        )


class StateReadOnlyError(StoreError):
    """this state cannot be written."""

    def __init__(self, path: Path, detail: str) -> None:
        self.path, self.detail = path, detail
        super().__init__(
            f"{self.sentence}: {path}: {detail} (give this user the right to write it and its folder, mount the disk"
            " for writing, or name another state with `--state`)"
        )


class StateBusyError(StoreError):
    """another program keeps this state locked."""

    def __init__(self, path: Path, detail: str) -> None:
        self.path, self.detail = path, detail
        super().__init__(
            f"{self.sentence}: {path}: {detail} (end the transaction that it has open there, such as that of a"
            f" sqlite3 shell; `fuser {path}` names the process)"
        )


class RefusedRowError(StoreError):
    """the ledger has no place for such a row."""

    def __init__(self, path: Path, detail: str) -> None:
        self.path, self.detail = path, detail
        super().__init__(f"{self.sentence}: {path}: {detail}")


class StateVersionError(StoreError):
    """this state has another version than this schedrun writes."""

    def __init__(self, path: Path, *, found: int, known: int) -> None:
        self.path, self.found, self.known = path, found, known
        remedy = (
            "use the newer schedrun that wrote it, or another state"
            if found > known
            else "start `schedrun run` on it once: that brings it up to date"
        )
        super().__init__(f"{self.sentence}: {path} has version {found}, this schedrun knows {known} ({remedy})")


class UnknownJobError(StoreError):
    """no job is recorded under this uid."""

    def __init__(self, uid: str) -> None:
        self.uid = uid
        super().__init__(f"{self.sentence}: {uid}")


class DuplicateKeyError(StoreError):
    """another live job has this key."""

    def __init__(self, key: str, *, uid: str) -> None:
        self.key, self.uid = key, uid
        super().__init__(f"{self.sentence}: {key!r}, so {uid} cannot have it too")


class UnreadableJobError(StoreError):
    """a recorded job does not parse with this version's models, so it cannot run."""

    def __init__(self, key: str, *, uid: str, file: str | None, line: int | None, detail: str) -> None:
        self.key, self.uid, self.file, self.line, self.detail = key, uid, file, line, detail
        where = f"{file}:{line}" if file is not None else "code"
        super().__init__(f"{self.sentence}: {key!r} from {where}: {detail} (mend it there and apply it anew)")

    @property
    def finding(self) -> Diagnostic:
        """The error as a finding, at the line that declared the job."""
        return Diagnostic(
            "SR009",
            Severity.ERROR,
            Position(self.file or "code", self.line or 1, 1),
            f"the recorded job `{self.key}` does not parse with this version and cannot run: {self.detail}",
            "mend it there and apply it anew; to remove it, declare it once more first",
        )


_BY_CODE: Mapping[int, Callable[[Path, str], StoreError]] = {
    sqlite3.SQLITE_CORRUPT: StateDamagedError,
    sqlite3.SQLITE_NOTADB: StateDamagedError,
    sqlite3.SQLITE_IOERR_CORRUPTFS: StateDamagedError,
    sqlite3.SQLITE_FULL: StateFullError,
    sqlite3.SQLITE_READONLY: StateReadOnlyError,
    sqlite3.SQLITE_BUSY: StateBusyError,
    sqlite3.SQLITE_LOCKED: StateBusyError,
    sqlite3.SQLITE_CONSTRAINT: RefusedRowError,
}
_OF_A_UNIT = (AlreadyRecordedError, UnknownJobError, DuplicateKeyError, UnreadableJobError, RefusedRowError)


def is_final(error: StoreError) -> bool:
    """Whether no waiting mends it: whoever works on this state must end."""
    return isinstance(error, StateDamagedError | StateGoneError)


def is_trouble(error: StoreError) -> bool:
    """Whether it is the state that fails and not what a unit of work wants to write or asks."""
    return not is_final(error) and not isinstance(error, (*_OF_A_UNIT, StoreClosedError))


def of_sqlite(path: Path, error: sqlite3.Error) -> StoreError:
    """Return the StoreError that says what SQLite met in the state at `path`; it may try to write beside it."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_READONLY_DBMOVED:
        return StateGoneError(path, path)
    if _UNDECODABLE in str(error):
        return StateDamagedError(path, str(error))
    known = _BY_CODE.get(code) or _BY_CODE.get(code & _PRIMARY_CODE)
    if known is not None:
        return known(path, str(error))
    if code & _PRIMARY_CODE in _ASKS_THE_DISK and (met := _try_to_write(path)) is not None:
        return of_system(path, met, detail=f"{error}: {met.strerror}")
    return StoreError(f"{StoreError().sentence}: {path}: {error}")


def of_system(path: Path, error: OSError, *, detail: str | None = None) -> StoreError:
    """Return the StoreError that says what the system refused at the state at `path`."""
    said = detail or (f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error))
    if error.errno in _NO_ROOM:
        return StateFullError(path, said)
    if error.errno in _NO_RIGHT:
        return StateReadOnlyError(path, said)
    return StoreError(f"the state cannot be used: {path}: {said}")


def _try_to_write(path: Path) -> OSError | None:
    """Return what a writer meets beside the state, None when it can write."""
    import tempfile  # noqa: PLC0415  only who is in trouble pays for it

    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max((_size(path.with_name(path.name + suffix)) for suffix in ("", "-wal", "-shm")), default=0)
    if limit != resource.RLIM_INFINITY and largest + _PROBE_BYTES > limit:
        return OSError(errno.EFBIG, "the limit on the size of files (ulimit -f) is reached")
    try:
        with tempfile.TemporaryFile(dir=path.parent) as probe:
            probe.write(bytes(_PROBE_BYTES))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as met:
        return met
    return None


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
