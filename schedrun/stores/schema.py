"""The versions of a state: numbered SQL files, applied in order, the last one's number kept in the file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from importlib.resources import files
from pathlib import Path
from sqlite3 import Connection

from schedrun.stores.faults import StateDamagedError, StateVersionError
from schedrun.stores.statements import SQL

APPLICATION_ID = 0x5344524E
"""What SQLite's header says of our files: "SDRN"."""


def known_version() -> int:
    """Return the version that this schedrun writes."""
    return max(_migrations())


def version_of(connection: Connection) -> int:
    """Return the version of the state, 0 when nothing was written yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check(connection: Connection, path: Path) -> int:
    """Return the version of the state; raise StateDamagedError when another program wrote it.

    Raises StateVersionError when a newer schedrun did.
    """
    version = version_of(connection)
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if owner != APPLICATION_ID and (version or tables):
        raise StateDamagedError(path, "another program's database")
    if version > known_version():
        raise StateVersionError(path, found=version, known=known_version())
    return version


def migrate(connection: Connection, path: Path) -> None:
    """Bring the state to today's version, all or nothing; raises as `check` does."""
    if check(connection, path) == known_version():
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been faster: look again, now that no one else can write.
        version = check(connection, path)
        for number, text in sorted(_migrations().items()):
            if number > version:
                for statement in _statements(text):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def of_version(version: int) -> dict[str, str | None]:
    """Return what makes the tables and indexes of a state of this version: the SQL of each, by kind and name."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for number, text in sorted(_migrations().items()):
            if number <= version:
                connection.executescript(text)
        return dict(connection.execute(SQL["check_schema"]))


@cache
def _migrations() -> dict[int, str]:
    folder = files("schedrun.stores") / "migrations"
    found = (entry for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return {int(entry.name.partition("_")[0]): entry.read_text(encoding="utf-8") for entry in found}


def _statements(text: str) -> Iterator[str]:
    statement = ""
    for line in text.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
