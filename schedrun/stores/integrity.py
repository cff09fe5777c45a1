"""Whether SQLite can read what a state holds: a bounded look at every start, and the whole answer when asked."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from sqlite3 import Connection

from schedrun.stores.faults import StateDamagedError
from schedrun.stores.statements import SQL

PROBED_WHOLE = 32 * 1024 * 1024
"""Bytes of a state up to which a start looks at every page: 0.05 s of it from memory, 0.5 s from a slow disk."""

PROBED_STEPS = 300_000
"""Steps of SQLite's machine that a start spends on each table of a larger state: about 30,000 rows."""

_STEPS_A_LOOK = 1_000
_SMALL = ("job", "last_end", "sync", "session", "request")
_FINDINGS = 100


def probe(connection: Connection, path: Path) -> None:
    """Raise StateDamagedError when the state is damaged, as far as a look of bounded length can tell.

    A state of up to `PROBED_WHOLE` bytes is looked at whole, but for whether indexes and tables agree. Of a larger
    one the jobs are, and what was recorded last of everything else, `PROBED_STEPS` for each table; `verify` can
    look at the rest once the service is up.
    """
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    if pages * size <= PROBED_WHOLE:
        verify(connection, path)
        return
    for table in _SMALL:
        _expect_ok(connection, path, f"PRAGMA quick_check({table})")
    for statement in (
        SQL["probe_runs"],
        SQL["probe_attempts"],
        SQL["probe_newest"],
        SQL["probe_occurrences"],
        SQL["probe_spans"],
    ):
        _look(connection, statement)


def verify(connection: Connection, path: Path) -> None:
    """Raise StateDamagedError when a page of the state is damaged."""
    _expect_ok(connection, path, "PRAGMA quick_check(1)")


def findings(connection: Connection) -> Iterator[str]:
    """Yield everything that SQLite finds wrong, its rows that refer to nothing included."""
    try:
        for (said,) in connection.execute(f"PRAGMA integrity_check({_FINDINGS})").fetchall():
            if said != "ok":
                yield from (line for line in said.splitlines() if not line.startswith("***"))
        for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchall()[:_FINDINGS]:
            yield f"row {row} of {table} refers to a {parent} that is not there"
    except sqlite3.DatabaseError as error:
        yield str(error)


def _expect_ok(connection: Connection, path: Path, question: str) -> None:
    (answer,) = connection.execute(question).fetchone()
    if answer != "ok":
        raise StateDamagedError(path, " ".join(line for line in answer.splitlines() if not line.startswith("***")))


def _look(connection: Connection, statement: str) -> None:
    steps = 0

    def enough() -> bool:
        nonlocal steps
        steps += _STEPS_A_LOOK
        return steps > PROBED_STEPS

    connection.set_progress_handler(enough, _STEPS_A_LOOK)
    try:
        connection.execute(statement).fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
    finally:
        connection.set_progress_handler(None, 0)
