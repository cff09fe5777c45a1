"""Connections to a state file, each set up for what it is used for."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Literal

from schedrun.core.errors import StoreError
from schedrun.stores import faults, folder, integrity, main_file, schema, wal
from schedrun.stores.faults import StateDamagedError

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process that writes."""

_CACHED_STATEMENTS = 256
_WAL_BYTES_KEPT = 64 * 1024 * 1024


def open_for_writing(path: Path, *, probe: bool = False) -> Connection:
    """Return a connection to the state at `path`, created and migrated as needed.

    With `probe` it is looked at first, as `integrity.probe` does. Raises StoreError (its subclasses name the file and
    the remedy) when the state cannot be used; what is there already is then left as it was.
    """
    folder.prepare(path)
    refuse_what_was_cut(path)
    # SQLite gives -wal and -shm the mode of the database file.
    folder.make_private(path)
    if probe:
        # By a connection that only reads: one that writes folds the log into the file when it closes.
        with closing(open_for_reading(path, "ro")) as reading, faults_of(path):
            if schema.check(reading, path):
                integrity.probe(reading, path)
    with faults_of(path):
        connection = _connect(path, "rw")
        try:
            schema.check(connection, path)
            _use_write_ahead_log(connection, path)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # Not every page that is let go is overwritten: forgetting long output would write all of it once more.
            connection.execute("PRAGMA secure_delete = FAST")
            connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")
            schema.migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def open_for_reading(path: Path, mode: Literal["rw", "ro", "immutable"]) -> Connection:
    """Return a connection that writes nothing; `immutable` trusts that no one else writes either."""
    with faults_of(path):
        connection = _connect(path, mode)
        connection.execute("PRAGMA query_only = ON")
        # A byte that went bad in one text must not take all others along.
        connection.text_factory = _decoded
    return connection


def refuse_what_was_cut(path: Path) -> None:
    """Raise StateDamagedError when a part of the state is no longer there. To be asked before SQLite looks."""
    try:
        fault = main_file.fault_of(path)
    except OSError as error:
        raise faults.of_system(path, error) from error
    if fault is not None:
        raise StateDamagedError(path, fault)
    fault = wal.fault_of(path)
    if fault is not None:
        raise StateDamagedError(path, f"{fault} (or move {path.name}-shm away to go on without what is missing)")


@contextmanager
def snapshot(connection: Connection, path: Path) -> Iterator[None]:
    """Let everything that is read inside see one state of the file."""
    with faults_of(path):
        connection.execute("BEGIN")
        try:
            yield
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


@contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """Turn what SQLite raises inside into a StoreError that names the state."""
    try:
        yield
    except sqlite3.Error as error:
        raise faults.of_sqlite(path, error) from error


def _use_write_ahead_log(connection: Connection, path: Path) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise StoreError(f"the state needs a disk with shared memory for its log: {path} is on none (use a local one)")


def _refuse_what_is_no_database(path: Path) -> None:
    # SQLite takes a file that is shorter than its header for an empty database and would write over it; it refuses
    # longer ones itself.
    try:
        size = path.stat().st_size
    except OSError as error:
        raise StoreError(f"the state cannot be used: {error}") from error
    if 0 < size < main_file.SMALLEST:
        raise StateDamagedError(path, "file is not a database")


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _connect(path: Path, mode: Literal["rw", "ro", "immutable"]) -> Connection:
    _refuse_what_is_no_database(path)
    query = "mode=ro&immutable=1" if mode == "immutable" else f"mode={mode}"
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{query}",
        uri=True,
        timeout=BUSY_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_CACHED_STATEMENTS,
    )
