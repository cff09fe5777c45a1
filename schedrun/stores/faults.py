"""What goes wrong with a state, in words that name the file and what to do about it."""

import sqlite3
from pathlib import Path

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.errors import StoreError
from schedrun.core.source import Position

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PRIMARY_CODE = 0xFF


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
        super().__init__(
            f"{self.sentence}: {path}: {detail} (restore it from a backup, or move it away to start with an"
            " empty state)"
        )


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


def of_sqlite(path: Path, error: sqlite3.Error) -> StoreError:
    """Return the StoreError that says what SQLite met in the state at `path`."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & _PRIMARY_CODE in _DAMAGED:
        return StateDamagedError(path, str(error))
    return StoreError(f"{StoreError().sentence}: {path}: {error}")
