"""What SQLite and the system say of a state, in words that name it and what to do."""

import errno
import os
import resource
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from schedrun.core.errors import AlreadyRecordedError, StoreError
from schedrun.stores import faults
from schedrun.stores.connection import open_for_writing
from schedrun.stores.faults import (
    RefusedRowError,
    StateBusyError,
    StateDamagedError,
    StateFullError,
    StateGoneError,
    StateReadOnlyError,
    StoreClosedError,
)
from schedrun.stores.identity import Identity


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    return error


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.mark.parametrize(
    ("code", "expected", "remedy"),
    [
        (sqlite3.SQLITE_FULL, StateFullError, "make room"),
        (sqlite3.SQLITE_READONLY, StateReadOnlyError, "right to write"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, StateReadOnlyError, "right to write"),
        (sqlite3.SQLITE_BUSY, StateBusyError, "end the transaction"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StateBusyError, "end the transaction"),
        (sqlite3.SQLITE_CORRUPT, StateDamagedError, "schedrun state check"),
        (sqlite3.SQLITE_CORRUPT_INDEX, StateDamagedError, "backup"),
        (sqlite3.SQLITE_NOTADB, StateDamagedError, "move it"),
        (sqlite3.SQLITE_IOERR_CORRUPTFS, StateDamagedError, "backup"),
        (sqlite3.SQLITE_READONLY_DBMOVED, StateGoneError, "start again"),
        (sqlite3.SQLITE_CONSTRAINT_CHECK, RefusedRowError, "what SQLite says"),
        (sqlite3.SQLITE_IOERR_READ, StoreError, "what SQLite says"),
    ],
)
def test_each_code_has_its_error(state: Path, code: int, expected: type, remedy: str) -> None:
    """With the path, and with what to do where something can be done."""
    error = faults.of_sqlite(state, sqlite_error(code))
    assert expected is type(error)
    assert str(state) in str(error)
    assert remedy in str(error)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_CANTOPEN])
@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, StateFullError),
        (errno.EDQUOT, StateFullError),
        (errno.EROFS, StateReadOnlyError),
        (errno.EACCES, StateReadOnlyError),
        (errno.EIO, StoreError),
    ],
)
def test_what_sqlite_does_not_say_is_tried(
    state: Path, code: int, number: int, expected: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An I/O error may be a full disk, a quota or a lost right: writing beside the state tells."""

    def refuse(**_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    error = faults.of_sqlite(state, sqlite_error(code))
    assert expected is type(error)
    assert os.strerror(number) in str(error)


def test_a_limit_on_the_size_of_files_is_a_full_disk(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files can still be written, so it is asked for."""
    state.with_name("state.db-wal").write_bytes(bytes(1_000))
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1_000, 1_000))
    error = faults.of_sqlite(state, sqlite_error(sqlite3.SQLITE_IOERR_WRITE))
    assert isinstance(error, StateFullError)
    assert "ulimit" in str(error)


def test_trying_leaves_nothing_behind(state: Path) -> None:
    """Not even for a moment under a name."""
    faults.of_sqlite(state, sqlite_error(sqlite3.SQLITE_IOERR_WRITE))
    assert [] == list(state.parent.iterdir())


def test_which_errors_end_the_work(state: Path) -> None:
    """Waiting mends trouble; damage and a state that is gone it does not; and some errors are no fault of the state."""
    trouble = (
        StateFullError(state, "x"),
        StateReadOnlyError(state, "x"),
        StateBusyError(state, "x"),
        StoreError("x"),
    )
    final = (StateDamagedError(state, "x"), StateGoneError(state, state))
    neither = (AlreadyRecordedError("r"), RefusedRowError(state, "x"), StoreClosedError())
    assert [(True, False)] * 4 == [(faults.is_trouble(error), faults.is_final(error)) for error in trouble]
    assert [(False, True)] * 2 == [(faults.is_trouble(error), faults.is_final(error)) for error in final]
    assert [(False, False)] * 3 == [(faults.is_trouble(error), faults.is_final(error)) for error in neither]


def replaced(file: Path) -> None:
    file.rename(file.with_name("old"))
    file.write_bytes(b"")


@pytest.mark.parametrize("name", ["state.db", "state.db-wal"])
@pytest.mark.parametrize("take", [Path.unlink, replaced])
def test_files_that_are_no_longer_the_same_are_noticed(
    tmp_path: Path, name: str, take: Callable[[Path], object]
) -> None:
    """Deleted or replaced, database or log; as long as nothing happens, nothing is said."""
    state = tmp_path / "folder" / "state.db"
    connection = open_for_writing(state)
    identity = Identity(state)
    connection.execute("UPDATE job SET held = NULL")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    identity.check()
    take(state.with_name(name))
    with pytest.raises(StateGoneError, match=name) as caught:
        identity.check()
    assert state.with_name(name) == caught.value.file
    connection.close()
