"""The SQLite store as a file: snapshots, versions, durability, modes."""

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from schedrun.core.errors import AlreadyRecordedError, StoreError
from schedrun.core.run.recorded import RecordedJob
from schedrun.protocols import Reader, Transaction
from schedrun.stores.faults import UnsafeFolderError
from schedrun.stores.sqlite import SqliteStore
from tests.contracts.ledger import a_job, a_run, at, recording


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_files_are_their_owners_alone(state: Path) -> None:
    """The folder is 0700; the database, -wal and -shm are 0600."""

    async def modes() -> dict[str, int]:
        store = await SqliteStore.open(state)
        await store.write(recording(a_job()))
        found = {path.name: mode(path) for path in (state.parent, *state.parent.iterdir())}
        await store.close()
        return found

    expected = {"folder": 0o700, "state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}
    assert expected == asyncio.run(modes())


def test_a_file_that_others_may_read_is_closed_to_them(state: Path) -> None:
    """A state that was copied with wider rights gets its mode back."""
    state.parent.mkdir(mode=0o755)
    state.touch(mode=0o644)
    asyncio.run(opened_and_closed(state))
    assert mode(state) == 0o600


@pytest.mark.parametrize("others", [0o770, 0o777, 0o1777])
def test_a_folder_that_others_can_write_is_refused(state: Path, others: int) -> None:
    """Nothing is written there, and the error says how to go on."""
    state.parent.mkdir()
    state.parent.chmod(others)
    with pytest.raises(UnsafeFolderError, match="chmod go-w"):
        asyncio.run(opened_and_closed(state))
    assert list(state.parent.iterdir()) == []


def test_a_folder_of_another_user_is_refused(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner can write it whatever its mode says."""
    state.parent.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(state.parent, 12_345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    with pytest.raises(UnsafeFolderError, match="chown"):
        asyncio.run(opened_and_closed(state))
    assert list(state.parent.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    """A file in the way of the folder is named."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file"):
        asyncio.run(opened_and_closed(tmp_path / "file" / "state.db"))


def test_what_is_written_is_there_after_kill(state: Path) -> None:
    """A process that is killed right after write leaves what it wrote."""
    code = (
        "import asyncio, os, signal, sys; from pathlib import Path\n"
        "from schedrun.stores.sqlite import SqliteStore\n"
        "from tests.contracts.ledger import a_job, a_run, recording\n"
        "async def main():\n"
        "    store = await SqliteStore.open(Path(sys.argv[1]))\n"
        "    await store.write(recording(a_job(), a_run()))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", code, str(state)], check=False)
    assert [a_run()] == asyncio.run(all_runs(state))


def test_a_reader_sees_one_snapshot_and_waits_for_no_writer(state: Path) -> None:
    """While a unit is under way a query reads what was committed; within a query nothing changes."""
    inside, commit = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        tx.insert_run(a_run("r1", 1))
        inside.set()
        commit.wait()
        tx.insert_run(a_run("r2", 2))

    async def scenario() -> list[int]:
        store = await SqliteStore.open(state)
        await store.write(recording(a_job()))
        writing = asyncio.create_task(store.write(slow))
        await asyncio.to_thread(inside.wait)
        counts = [await store.read(number_of_runs)]
        reading, go_on = threading.Event(), threading.Event()

        def twice(reader: Reader) -> tuple[int, int]:
            first = number_of_runs(reader)
            reading.set()
            go_on.wait()
            return first, number_of_runs(reader)

        query = asyncio.create_task(store.read(twice))
        await asyncio.to_thread(reading.wait)
        commit.set()
        await writing
        go_on.set()
        counts += await query
        counts.append(await store.read(number_of_runs))
        await store.close()
        return counts

    assert [0, 0, 0, 2] == asyncio.run(scenario())


def test_readers_cannot_write(state: Path) -> None:
    """The connection of a query refuses to write."""

    async def scenario() -> None:
        store = await SqliteStore.open(state)
        try:
            await store.read(lambda reader: reader._execute("DELETE FROM job"))  # type: ignore[attr-defined]
        finally:
            await store.close()

    with pytest.raises(StoreError, match="readonly"):
        asyncio.run(scenario())


def test_version_changes_when_another_process_writes(state: Path) -> None:
    """Commits of other connections count, own ones do not."""

    async def scenario() -> tuple[bool, bool]:
        store = await SqliteStore.open(state)
        before = store.version()
        await store.write(recording(a_job()))
        own = store.version() != before
        with sqlite3.connect(state) as other:
            other.execute("UPDATE job SET held = 'elsewhere'")
        other.close()
        foreign = store.version() != before
        await store.close()
        return own, foreign

    assert (False, True) == asyncio.run(scenario())


def test_two_stores_share_a_state(state: Path) -> None:
    """What another process commits is read here, its job rows included."""

    async def scenario() -> str | None:
        service, command = await SqliteStore.open(state), await SqliteStore.open(state)
        await service.write(recording(a_job()))
        await command.write(recording(a_job(held="by the guard")))
        row = await service.write(lambda tx: tx.job("u1"))
        await service.close()
        await command.close()
        assert row is not None
        return row.held

    assert asyncio.run(scenario()) == "by the guard"


def test_a_row_that_another_process_wrote_is_read_anew(state: Path) -> None:
    """Also when this one has planned the job before, whatever it asked of the state in between."""

    async def scenario() -> list[RecordedJob | None]:
        service, command = await SqliteStore.open(state), await SqliteStore.open(state)
        await service.write(recording(a_job()))
        seen = [await service.write(lambda tx: tx.job("u1"))]
        await command.write(lambda tx: tx.move_cursor("u1", at(10)))
        service.version()
        seen.append(await service.write(lambda tx: tx.job("u1")))
        await service.write(lambda tx: tx.move_cursor("u1", at(20)))
        await command.write(lambda tx: tx.put_job(a_job(cursor=at(30), held="by the guard")))
        seen.append(await service.write(lambda tx: tx.job("u1")))
        await service.close()
        await command.close()
        return seen

    expected = [a_job(), a_job(cursor=at(10)), a_job(cursor=at(30), held="by the guard")]
    assert expected == asyncio.run(scenario())


def test_a_locked_state_is_a_store_error(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program that keeps the state locked is waited for, then told."""
    monkeypatch.setattr("schedrun.stores.connection.BUSY_TIMEOUT", 0.05)

    async def scenario() -> None:
        store = await SqliteStore.open(state)
        other = sqlite3.connect(state, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            await store.write(recording(a_job()))
        finally:
            other.close()
            await store.write(recording(a_job()))
            await store.close()

    with pytest.raises(StoreError, match="locked"):
        asyncio.run(scenario())


def test_a_value_that_no_column_takes_is_no_duplicate(state: Path) -> None:
    """What the schema refuses for another reason is told as it is."""
    impossible = a_run()._replace(finished_at=a_run().fire_time)

    async def scenario() -> None:
        store = await SqliteStore.open(state)
        try:
            await store.write(recording(a_job(), impossible))
        finally:
            await store.close()

    with pytest.raises(StoreError, match="CHECK constraint") as caught:
        asyncio.run(scenario())
    assert not isinstance(caught.value, AlreadyRecordedError)


def number_of_runs(reader: Reader) -> int:
    return len(reader.runs())


async def opened_and_closed(state: Path) -> None:
    await (await SqliteStore.open(state)).close()


async def all_runs(state: Path) -> list[object]:
    store = await SqliteStore.open(state)
    runs = await store.read(lambda reader: list(reader.runs()))
    await store.close()
    return list(runs)


def test_closing_ends_a_look_through_all_of_it(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large state takes long to be looked through; who stops need not wait for that, and it is no damage."""
    begun = threading.Event()

    def without_end(connection: sqlite3.Connection, path: Path) -> None:
        begun.set()
        connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT count(*) FROM n")

    monkeypatch.setattr("schedrun.stores.integrity.verify", without_end)

    async def closed_meanwhile() -> None:
        store = await SqliteStore.open(state)
        looking = asyncio.create_task(store.verify())
        assert await asyncio.to_thread(begun.wait, 60)
        await store.close()
        await asyncio.wait_for(looking, 60)

    asyncio.run(closed_meanwhile())
