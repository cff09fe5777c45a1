"""A state that one process has open while others come and go."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from schedrun.stores.readonly import open_reader
from schedrun.stores.sqlite import SqliteStore
from tests.contracts.ledger import a_job, recording

VISITOR = """
import asyncio, sys
from pathlib import Path
from schedrun.core.run.recorded import Event
from schedrun.stores.sqlite import SqliteStore
from tests.contracts.ledger import at

async def visit():
    store = await SqliteStore.open(Path(sys.argv[1]))
    await store.write(lambda tx: tx.add_event(Event(at(0), "visited", {})))
    await store.close()

asyncio.run(visit())
"""


def visit(state: Path) -> None:
    """Let another process open the state, write to it and close it."""
    subprocess.run([sys.executable, "-c", VISITOR, str(state)], cwd=Path(__file__).parents[2], check=True)


def recorded(state: Path) -> int:
    """Return how many jobs are on disk, as a process sees them that shares nothing with us."""
    code = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM job').fetchone())"
    return int(subprocess.run([sys.executable, "-c", code, str(state)], check=True, capture_output=True).stdout)


def test_what_is_written_after_a_visit_is_kept(state: Path) -> None:
    """The visitor's close leaves our log alone, we see what it wrote, and others see what we write."""

    async def scenario() -> None:
        store = await SqliteStore.open(state)
        try:
            log = state.with_name("state.db-wal")
            inode = log.stat().st_ino
            for number in range(1, 4):
                before = store.version()
                visit(state)
                assert inode == log.stat().st_ino
                assert before != store.version()
                assert number == len(await store.read(lambda reader: reader.events()))
                await store.write(recording(a_job(f"u{number}", f"set/{number}")))
                assert number == recorded(state)
        finally:
            await store.close()

    asyncio.run(scenario())
    with closing(sqlite3.connect(state)) as connection:
        assert (3, 3) == connection.execute(
            "SELECT (SELECT count(*) FROM job), (SELECT count(*) FROM event)"
        ).fetchone()


def test_a_reader_in_the_same_process_takes_no_lock_away(state: Path) -> None:
    """Nor does a second store, opened and closed beside the first."""

    async def scenario() -> None:
        store = await SqliteStore.open(state)
        try:
            open_reader(state).close()
            await (await SqliteStore.open(state)).close()
            visit(state)
            await store.write(recording(a_job()))
            assert 1 == recorded(state)
        finally:
            await store.close()

    asyncio.run(scenario())
