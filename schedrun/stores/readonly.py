"""The way in for commands that only read, beside a running service or without one."""

import os
from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import Literal, Self, TypeVar

from schedrun.core.errors import StateMissingError
from schedrun.protocols import Reader
from schedrun.stores import schema
from schedrun.stores.connection import faults_of, open_for_reading, refuse_a_damaged_log, snapshot
from schedrun.stores.faults import StateVersionError
from schedrun.stores.jobs import JobCache
from schedrun.stores.reading import SqlReader

T = TypeVar("T")


def state_exists(path: Path) -> bool:
    """Whether there is a state at `path`."""
    return path.is_file()


def open_reader(path: Path) -> "StateReader":
    """Return a reader of the state at `path`; it changes nothing and waits for no one.

    Raises StateMissingError when there is no state, StateDamagedError when the file is something else,
    StateVersionError when another version of schedrun wrote it, StoreError when it may not be read.
    """
    if not state_exists(path):
        raise StateMissingError(str(path))
    refuse_a_damaged_log(path)
    connection = open_for_reading(path, _mode(path))
    try:
        _check(connection, path)
    except BaseException:
        connection.close()
        raise
    return StateReader(connection, path)


class StateReader:
    """Answers queries from snapshots of a state; a context manager that closes itself."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._reader = SqlReader(connection, JobCache())

    def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on one snapshot and return its result."""
        with snapshot(self._connection, self._path):
            return query(self._reader)

    def close(self) -> None:
        """Release the file; idempotent."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _check(connection: Connection, path: Path) -> None:
    with faults_of(path):
        version = schema.check(connection, path)
    if version == 0:
        raise StateMissingError(str(path))
    if version < schema.known_version():
        raise StateVersionError(path, found=version, known=schema.known_version())


def _mode(path: Path) -> Literal["ro", "immutable"]:
    # A WAL database in a folder that cannot be written refuses to open read-only; immutable opens it, but
    # beside a leftover -wal it would hide the rows that are only there. (Readers leave empty ones behind.)
    wal = path.with_name(path.name + "-wal")
    leftover = wal.exists() and wal.stat().st_size > 0
    return "ro" if leftover or os.access(path.parent, os.W_OK) else "immutable"
