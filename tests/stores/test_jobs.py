"""Job rows and their specs: the cache, and specs that this version does not accept."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.status import RunStatus
from schedrun.lint.catalog import RULES
from schedrun.manifest.node import plain
from schedrun.manifest.reader import read
from schedrun.stores.faults import UnreadableJobError
from schedrun.stores.sqlite import SqliteStore
from tests.contracts.ledger import a_job, a_run, at, recording

UNKNOWN_FIELD = '{"schedule": {"cron": "0 2 * * *"}, "target": {"command": ["true"]}, "from_the_future": 1}'


async def with_unreadable_job(state: Path, spec: str = UNKNOWN_FIELD) -> SqliteStore:
    """Return a store with the good job u2 and the job u1, whose recorded `spec` has a field no model knows."""
    store = await SqliteStore.open(state)
    await store.write(recording(a_job(), a_job("u2", "set/two"), a_run()))
    await store.close()
    connection = sqlite3.connect(state)
    connection.execute("UPDATE job SET spec = ? WHERE uid = 'u1'", (spec,))
    connection.commit()
    connection.close()
    return await SqliteStore.open(state)


def test_the_others_are_served(state: Path) -> None:
    """jobs leaves the row out, unreadable names job, place and fault, its runs stay readable."""

    async def scenario() -> None:
        store = await with_unreadable_job(state)
        assert ["u2"] == [job.uid for job in await store.read(lambda reader: reader.jobs())]
        (finding,) = await store.read(lambda reader: reader.unreadable())
        assert ("jobs.yaml", 3) == (finding.position.file, finding.position.line)
        assert "`set/one`" in finding.message
        assert "from_the_future" in finding.message
        assert ["r1"] == [run.id for run in await store.read(lambda reader: reader.runs(key="set/one"))]
        assert {"u1": "set/one"} == await store.read(lambda reader: reader.keys(["u1"]))
        await store.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(("sample", "expected"), [("bad", ["SR009"]), ("good", [])])
def test_the_samples_of_its_code_are_true(state: Path, sample: str, expected: list[str]) -> None:
    """Recorded as its text has it, the job of the bad one cannot be read, that of the good one can."""
    (document,) = read(getattr(RULES["SR009"], sample).encode(), file="sample.yaml").documents
    (job,) = plain(document.root.value)["jobs"].values()

    async def scenario() -> None:
        store = await with_unreadable_job(state, json.dumps(job))
        assert expected == [finding.code for finding in await store.read(lambda reader: reader.unreadable())]
        await store.close()

    asyncio.run(scenario())


def test_asking_for_it_raises(state: Path) -> None:
    """job and job_by_key raise what unreadable lists."""

    async def scenario() -> None:
        store = await with_unreadable_job(state)
        for query in (lambda reader: reader.job("u1"), lambda reader: reader.job_by_key("set/one")):
            with pytest.raises(UnreadableJobError) as caught:
                await store.read(query)
            assert ("set/one", "u1", "jobs.yaml", 3) == (
                caught.value.key,
                caught.value.uid,
                caught.value.file,
                caught.value.line,
            )
        await store.close()

    asyncio.run(scenario())


def test_it_gives_way_to_its_successor(state: Path) -> None:
    """A new row of the key buries it at the new row's cursor."""

    async def scenario() -> None:
        store = await with_unreadable_job(state)
        successor = a_job("u3", cursor=at(70))
        await store.write(recording(successor))
        assert ["u3", "u2"] == [job.uid for job in await store.read(lambda reader: reader.jobs())]
        assert list(await store.read(lambda reader: reader.unreadable())) == []
        await store.close()

    asyncio.run(scenario())
    connection = sqlite3.connect(state)
    ((removed_at,),) = connection.execute("SELECT removed_at FROM job WHERE uid = 'u1'")
    connection.close()
    assert int(at(70).timestamp()) * 1_000_000 == removed_at


def test_what_it_has_queued_is_cancelled_with_it(state: Path) -> None:
    """Nothing would start it any more."""

    async def scenario() -> None:
        store = await with_unreadable_job(state)
        await store.write(recording(a_job("u3", cursor=at(70))))
        run = await store.read(lambda reader: reader.run("r1"))
        assert run is not None
        assert (RunStatus.CANCELLED, at(70)) == (run.status, run.finished_at)
        await store.close()

    asyncio.run(scenario())


def test_it_heals_when_its_row_is_put_anew(state: Path) -> None:
    """The row itself can be replaced."""

    async def scenario() -> list[str]:
        store = await with_unreadable_job(state)
        await store.write(recording(a_job()))
        uids = [job.uid for job in await store.read(lambda reader: reader.jobs())]
        await store.close()
        return uids

    assert ["u1", "u2"] == asyncio.run(scenario())


def test_a_readable_row_does_not_give_way(state: Path) -> None:
    """Only unreadable rows are buried."""

    async def scenario() -> None:
        store = await with_unreadable_job(state)
        try:
            await store.write(recording(a_job("u4", "set/two")))
        finally:
            await store.close()

    with pytest.raises(StoreError, match="another live job"):
        asyncio.run(scenario())


def test_rows_that_did_not_change_are_the_same_objects(state: Path) -> None:
    """A second reading decodes nothing, also after a restart; a change decodes its own row alone."""

    async def scenario() -> None:
        store = await SqliteStore.open(state)
        await store.write(recording(a_job(), a_job("u2", "set/two")))
        await store.close()
        store = await SqliteStore.open(state)
        first = await store.read(lambda reader: reader.jobs())
        await store.write(lambda tx: tx.move_cursor("u2", at(9)))
        second = await store.read(lambda reader: reader.jobs())
        await store.close()
        assert first[0] is second[0]
        assert first[1].cursor != second[1].cursor
        assert first[1].spec is second[1].spec

    asyncio.run(scenario())


def test_a_row_that_was_undone_is_not_answered(state: Path) -> None:
    """What a raising unit put leaves no trace in the cache."""

    async def scenario() -> None:
        store = await SqliteStore.open(state)
        await store.write(recording(a_job()))

        def unit(tx: object) -> None:
            recording(a_job(held="never"))(tx)  # type: ignore[arg-type]  # a transaction
            raise LookupError

        with pytest.raises(LookupError):
            await store.write(unit)
        assert await store.read(lambda reader: reader.job("u1")) == a_job()
        await store.close()

    asyncio.run(scenario())
