"""Totals in SQLite: what they cost, what a failed COMMIT leaves of them, and how older states come to theirs."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from schedrun.core.run.totals import WITHOUT_BOUND, Measure, Totals, bound_of, bounds_of
from schedrun.protocols import Transaction
from schedrun.stores.connection import open_for_writing
from schedrun.stores.readonly import open_reader
from schedrun.stores.salvage import Salvage
from schedrun.stores.sqlite import SqliteStore
from tests.contracts.ledger import a_job, a_run, a_span, at, recording, run_through
from tests.stores import earlier
from tests.stores.earlier import UIDS


def totals(state: Path) -> Totals:
    with open_reader(state) as reader:
        return reader.read(lambda asked: asked.totals())


def end_all(tx: Transaction, *, uids: list[str], runs: int) -> None:
    for number in range(runs):
        run = a_run(f"r{number}", number, job_uid=uids[number % len(uids)])
        run_through(tx, run, end=number + number % 90)


def test_two_hundred_ends_cost_a_handful_of_upserts(state: Path) -> None:
    """One a job and verdict, one a bucket that is touched, all of them right before COMMIT."""
    statements: list[str] = []

    async def write() -> None:
        store = await SqliteStore.open(state)
        await store.write(recording(a_job("u1", "set/u1"), a_job("u2", "set/u2")))
        store._writer._connection.set_trace_callback(statements.append)
        await store.write(partial(end_all, uids=["u1", "u2"], runs=200))
        await store.close()

    asyncio.run(write())
    upserts = [each for each in statements if each.startswith(("INSERT INTO total", "INSERT INTO bucket"))]
    touched = {bound_of(Measure.RUN_DURATION, number * 1_000_000) for number in range(90)}
    assert 2 + len(touched) == len(upserts)
    last = max(place for place, each in enumerate(statements) if each in upserts)
    assert "COMMIT" == statements[last + 1]
    assert [(100, 100), (100, 100)] == [(each.runs, each.occurrences) for each in totals(state).totals]


def test_a_batch_counts_what_of_it_stands(state: Path) -> None:
    """A unit that raises is left out of the sum, what came before and after it in the same COMMIT is not."""

    def failing(tx: Transaction) -> None:
        run_through(tx, a_run("r2", 2), end=3)
        raise LookupError

    async def write() -> None:
        store = await SqliteStore.open(state)
        await store.write(lambda tx: tx.put_job(a_job()))
        commits = store.commits
        units: tuple[Callable[[Transaction], None], ...] = (
            partial(run_through, run=a_run("r1", 1), end=2),
            failing,
            lambda tx: tx.insert_span(a_span(3, 4, count=2)),
        )
        # All are queued before the writer's thread can take the first: none waits for anything.
        outcomes = await asyncio.gather(*map(store.write, units), return_exceptions=True)
        assert isinstance(outcomes[1], LookupError)
        assert store.commits - commits <= 3
        await store.close()

    asyncio.run(write())
    assert [("missed", 2), ("succeeded", 1)] == [(each.verdict, each.occurrences) for each in totals(state).totals]


def test_a_failed_commit_counts_nothing(state: Path) -> None:
    """Nor does the next one count it: its runs have not ended."""

    async def write() -> None:
        store = await SqliteStore.open(state)
        await store.write(lambda tx: tx.put_job(a_job()))
        transaction = store._writer._transaction
        write_counts = transaction.write_counts

        def full() -> None:
            raise sqlite3.OperationalError("database or disk is full")

        transaction.write_counts = full  # type: ignore[method-assign]  # the disk is full for one COMMIT
        with pytest.raises(Exception, match="full"):
            await store.write(partial(run_through, run=a_run("r1", 1), end=2))
        transaction.write_counts = write_counts  # type: ignore[method-assign]  # and has room again
        await store.write(partial(run_through, run=a_run("r1", 1), end=5))
        await store.close()

    asyncio.run(write())
    assert [("succeeded", 1, at(5))] == [(each.verdict, each.runs, each.at) for each in totals(state).totals]


@pytest.mark.parametrize("seconds", [*(bound / 1_000_000 for bound in bounds_of(Measure.RUN_DURATION)), 10_000_000])
def test_older_states_are_measured_as_todays(state: Path, seconds: float) -> None:
    """The bounds in the migration are those of the code: at each of them, and right above it."""
    earlier.load(2, state)
    micros = round(seconds * 1_000_000)
    with closing(sqlite3.connect(state, isolation_level=None)) as older:
        older.execute("DELETE FROM attempt")
        older.execute("DELETE FROM run")
        for number, took in enumerate((micros, micros + 1)):
            older.execute(
                "INSERT INTO run (id, job_uid, fire_time, kind, status, queued_at, attempt, started_at, finished_at)"
                " VALUES (?, ?, ?, 'scheduled', 'succeeded', 0, 1, 0, ?)",
                (f"r{number}", UIDS["a"], number, took),
            )
    open_for_writing(state).close()
    expected = sorted({bound_of(Measure.RUN_DURATION, each) for each in (micros, micros + 1)})
    found = totals(state).buckets
    assert expected == [each.upto for each in found]
    assert 2 == sum(each.values for each in found)
    assert 2 * micros + 1 == sum(each.micros for each in found)


def test_what_is_longer_than_every_bound_has_the_last_bucket() -> None:
    """It has no bound."""
    assert WITHOUT_BOUND == bound_of(Measure.RUN_DURATION, bounds_of(Measure.RUN_DURATION)[-1] + 1)


def test_salvage_reads_totals_too(state: Path) -> None:
    """What can be read of a damaged state are all answers of a reader."""
    asyncio.run(_make(state))
    with Salvage(state) as salvage:
        assert totals(state) == salvage.totals()


async def _make(state: Path) -> None:
    await (await earlier.filled(state)).close()
