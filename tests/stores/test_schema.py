"""Versions of the state file, and files that are no state."""

import sqlite3
from pathlib import Path

import pytest

from schedrun.core.errors import StoreError
from schedrun.stores import schema
from schedrun.stores.connection import open_for_writing
from schedrun.stores.faults import StateDamagedError, StateVersionError

TABLES = {
    *("job", "run", "attempt", "last_end", "span", "sync", "session", "event", "request", "pruned"),
    *("notice", "delivery", "told", "job_change", "lateness", "total", "bucket"),
}


def tables(state: Path) -> set[str]:
    connection = sqlite3.connect(state)
    found = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    connection.close()
    return found


def test_a_new_state_has_every_table(state: Path) -> None:
    """A file that does not exist is made with today's version."""
    connection = open_for_writing(state)
    assert schema.known_version() == schema.version_of(connection)
    connection.close()
    assert TABLES == tables(state)


@pytest.mark.parametrize("content", ["nothing", "database"])
def test_an_empty_file_becomes_a_state(state: Path, content: str) -> None:
    """A file of no bytes and a database of version 0 without tables are both migrated."""
    state.parent.mkdir(mode=0o700)
    state.touch()
    if content == "database":
        connection = sqlite3.connect(state)
        connection.execute("VACUUM")
        connection.close()
    open_for_writing(state).close()
    assert TABLES == tables(state)


def test_migrating_twice_changes_nothing(state: Path) -> None:
    """A state of today's version is opened as it is."""
    open_for_writing(state).close()
    before = state.read_bytes()
    open_for_writing(state).close()
    assert before == state.read_bytes()


def test_a_migration_that_fails_leaves_nothing(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All statements of a migration and its number are one transaction."""
    steps = {
        1: "CREATE TABLE a (x);\nCREATE TABLE b (y);\n",
        2: "CREATE TABLE c (z);\nINSERT INTO nowhere VALUES (1);\n",
    }
    monkeypatch.setattr(schema, "_migrations", lambda: steps)
    with pytest.raises(StoreError, match="nowhere"):
        open_for_writing(state)
    assert set() == tables(state)


def test_a_newer_state_is_refused_by_name(state: Path) -> None:
    """What a newer schedrun wrote is not touched."""
    connection = open_for_writing(state)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = state.read_bytes()
    with pytest.raises(StateVersionError, match=r"state\.db has version 99.*newer") as caught:
        open_for_writing(state)
    assert (99, schema.known_version()) == (caught.value.found, caught.value.known)
    assert before == state.read_bytes()


def test_another_programs_database_is_refused(state: Path) -> None:
    """A database with tables of its own is left as it is."""
    state.parent.mkdir(mode=0o700)
    connection = sqlite3.connect(state)
    connection.execute("CREATE TABLE bookmarks (url)")
    connection.commit()
    connection.close()
    before = state.read_bytes()
    with pytest.raises(StateDamagedError, match="another program"):
        open_for_writing(state)
    assert before == state.read_bytes()


@pytest.mark.parametrize("content", [b"hello\n" * 1000, b"x", b"SQLite format 3\x00" + b"\xff" * 4080])
def test_a_file_that_is_no_database_is_refused(state: Path, content: bytes) -> None:
    """The error names file and remedy, and the file keeps every byte."""
    state.parent.mkdir(mode=0o700)
    state.write_bytes(content)
    with pytest.raises(StateDamagedError, match=r"state\.db.*backup"):
        open_for_writing(state)
    assert content == state.read_bytes()


def test_a_damaged_table_is_told_when_it_is_met(state: Path) -> None:
    """A state whose pages were overwritten raises StateDamagedError, not an answer."""
    import asyncio

    from schedrun.stores.sqlite import SqliteStore

    open_for_writing(state).close()
    page = 4096
    content = bytearray(state.read_bytes())
    content[page:] = b"\x5a" * (len(content) - page)
    state.write_bytes(bytes(content))

    async def read() -> None:
        store = await SqliteStore.open(state)
        try:
            await store.read(lambda reader: reader.jobs())
        finally:
            await store.close()

    with pytest.raises(StateDamagedError, match="malformed"):
        asyncio.run(read())
