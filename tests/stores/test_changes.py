"""What is new in the SQLite store: by an index, and after a migration too."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from schedrun.stores import schema
from schedrun.stores.sqlite import SqliteStore
from schedrun.stores.statements import SQL
from tests.contracts.ledger import SPEC
from tests.stores.earlier import VERSIONS

INDEXES = {
    "run_states": "USING INDEX sqlite_autoindex_run_1 (id=?)",
    "run_states_active": "SCAN run USING INDEX run_active",
    "run_states_from": "USING INTEGER PRIMARY KEY (rowid>?)",
    "run_state_last": "USING INTEGER PRIMARY KEY (rowid=?)",
    "jobs_changed": "job_change USING INTEGER PRIMARY KEY (rowid>?)",
    "attempt_of_run": "attempt USING PRIMARY KEY (run=? AND number=?)",
}


@pytest.mark.parametrize(("statement", "step"), INDEXES.items())
def test_what_is_new_is_found_by_an_index(statement: str, step: str) -> None:
    """However many runs and jobs there are, and nothing is sorted."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        schema.migrate(connection, Path("state.db"))
        asked = ("[]", 1)[: SQL[statement].count("?")]
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {SQL[statement]}", asked)]
    assert any(step in each for each in steps)
    assert [] == [each for each in steps if "TEMP B-TREE" in each]


def test_the_jobs_of_an_earlier_state_are_known_after_its_migration(tmp_path: Path) -> None:
    """Each has an ordinal, and the next change of one is told."""
    state = tmp_path / "state" / "state.db"
    state.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(state)) as connection:
        connection.executescript((VERSIONS / "0001.sql").read_text())

    async def ask() -> None:
        store = await SqliteStore.open(state)
        jobs = await store.read(lambda reader: reader.jobs())
        last = await store.read(lambda reader: reader.last_job_change())
        known = await store.read(lambda reader: reader.jobs_changed(after=0, limit=100))
        assert {job.key for job in jobs} <= {each.record for each in known}
        assert last == len(await store.read(lambda reader: reader.uids()))
        changed = SPEC.model_copy(update={"owner": "ops"})
        job = jobs[0]
        await store.write(lambda tx: tx.put_job(job._replace(spec=changed)))
        assert [job.key] == [
            each.record for each in await store.read(lambda reader: reader.jobs_changed(after=last, limit=100))
        ]
        await store.close()

    asyncio.run(ask())
