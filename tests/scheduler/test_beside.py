"""A ledger beside the process that is active on it."""

import sqlite3
from pathlib import Path

import pytest

from schedrun.core.errors import StateMissingError
from schedrun.scheduler.beside import Beside
from schedrun.stores import schema
from schedrun.stores.faults import StateVersionError
from schedrun.stores.sqlite import SqliteStore

pytestmark = pytest.mark.anyio


async def test_is_opened_once_and_kept(tmp_path: Path) -> None:
    """Until it is closed; then it is opened again."""
    state = tmp_path / "state.db"
    await (await SqliteStore.open(state)).close()
    beside = Beside(state)
    store = await beside.store()
    assert store is await beside.store()
    await beside.close()
    again = await beside.store()
    assert store is not again
    assert [] == list(await again.read(lambda reader: reader.jobs()))
    await beside.close()
    await beside.close()


async def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Nor its folder: the active process makes it."""
    with pytest.raises(StateMissingError):
        await Beside(tmp_path / "folder" / "state.db").store()
    assert not (tmp_path / "folder").exists()


async def test_an_older_state_is_not_migrated(tmp_path: Path) -> None:
    """An older process may be active on it."""
    state = tmp_path / "state.db"
    await (await SqliteStore.open(state)).close()
    with sqlite3.connect(state) as connection:
        connection.execute(f"PRAGMA user_version = {schema.known_version() - 1}")
    connection.close()
    with pytest.raises(StateVersionError):
        await Beside(state).store()
    connection = sqlite3.connect(state)
    assert (schema.known_version() - 1,) == connection.execute("PRAGMA user_version").fetchone()
    connection.close()


async def test_another_state_in_its_place_is_seen(tmp_path: Path) -> None:
    """What was deleted tells nobody anything any more."""
    state = tmp_path / "state.db"
    await (await SqliteStore.open(state)).close()
    beside = Beside(state)
    store = await beside.store()
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"state.db{suffix}").unlink()
    with pytest.raises(StateMissingError):
        await beside.store()
    await (await SqliteStore.open(state)).close()
    assert store is not await beside.store()
    await beside.close()
