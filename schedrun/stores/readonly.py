"""The way in for commands that only read, beside a running service or without one."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import Literal, Self, TypeVar

from schedrun.core.errors import StateMissingError
from schedrun.protocols import Reader
from schedrun.stores import faults, schema
from schedrun.stores.connection import faults_of, open_for_reading, refuse_what_was_cut, snapshot
from schedrun.stores.faults import StateVersionError
from schedrun.stores.jobs import JobCache
from schedrun.stores.reading import SqlReader

T = TypeVar("T")


def state_exists(path: Path) -> bool:
    """Whether there is a state at `path`."""
    return path.is_file()


def ask(path: Path, query: Callable[[Reader], T]) -> T:
    """Return what `query` answers on one snapshot of the state at `path`; raises as `open_reader` does."""
    with open_reader(path) as state:
        return state.read(query)


def open_reader(path: Path) -> "StateReader":
    """Return a reader of the state at `path`; it changes nothing and waits for no one.

    Raises StateMissingError when there is no state, StateDamagedError when the file is something else,
    StateVersionError when another version of schedrun wrote it, StoreError when it may not be read.
    """
    with ExitStack() as stack:
        connection = stack.enter_context(connected(path))
        _check(connection, path)
        return StateReader(connection, path, stack.pop_all())


@contextmanager
def connected(path: Path) -> Iterator[Connection]:
    """Give a connection that only reads; raises as `open_reader` does, but looks at nothing in the file."""
    refuse_what_was_cut(path)
    if not state_exists(path):
        raise StateMissingError(str(path))
    with ExitStack() as stack:
        connection = stack.enter_context(closing(open_for_reading(path, mode(path))))
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema")
        except sqlite3.Error as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_CANTOPEN or not _has_log(path):
                raise faults.of_sqlite(path, error) from error
            # A log whose index is gone, in a folder where none can be made.
            connection = stack.enter_context(closing(open_for_reading(copied(path, stack), "ro")))
        yield connection


def copied(path: Path, stack: ExitStack) -> Path:
    """Return a copy of the state and its log as they lie there, which is deleted with `stack`."""
    import shutil  # noqa: PLC0415  both are rarely needed, and slow to import
    import tempfile  # noqa: PLC0415

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="schedrun-")))
    for suffix in ("", "-wal"):
        with suppress(FileNotFoundError):
            shutil.copyfile(path.with_name(path.name + suffix), folder / f"state.db{suffix}")
    return folder / "state.db"


class StateReader:
    """Answers queries from snapshots of a state; a context manager that closes itself."""

    def __init__(self, connection: Connection, path: Path, stack: ExitStack) -> None:
        """Take a connection and what closes it."""
        self._connection = connection
        self._path = path
        self._stack = stack
        self._reader = SqlReader(connection, JobCache())

    def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on one snapshot and return its result."""
        with snapshot(self._connection, self._path):
            return query(self._reader)

    def close(self) -> None:
        """Release the file; idempotent."""
        self._stack.close()

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


def mode(path: Path) -> Literal["ro", "immutable"]:
    """Return how the state is to be opened by who only reads."""
    # A WAL database in a folder that cannot be written refuses to open read-only; immutable opens it, but
    # beside a leftover -wal it would hide the rows that are only there. (Readers leave empty ones behind.)
    return "ro" if _has_log(path) or os.access(path.parent, os.W_OK) else "immutable"


def _has_log(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0
