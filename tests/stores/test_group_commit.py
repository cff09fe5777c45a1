"""The writer under faults: what fails, fails for those it concerns and for no one else."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from schedrun.core.errors import StoreError
from schedrun.protocols import Transaction
from schedrun.stores.connection import open_for_writing
from schedrun.stores.jobs import JobCache
from schedrun.stores.writer import BATCH, Writer
from schedrun.stores.writing import SqlTransaction
from tests.contracts.ledger import DONE, a_job, a_run, at


class FailingCommits:
    """A connection whose next COMMITs fail as a full or broken disk makes them fail."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.failures = 0

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, statement: str, parameters: tuple[object, ...] = ()) -> sqlite3.Cursor:
        if statement == "COMMIT" and self.failures:
            self.failures -= 1
            raise sqlite3.OperationalError("disk I/O error")
        return self._connection.execute(statement, parameters)

    def close(self) -> None:
        self._connection.close()


@dataclass
class Bench:
    """A writer over a connection that can be made to fail."""

    connection: FailingCommits
    raw: sqlite3.Connection
    writer: Writer

    async def write(self, work: Callable[[Transaction], object]) -> object:
        unit = self.writer.submit(work)
        await unit.done
        if unit.error is not None:
            raise unit.error
        return unit.result

    def together(self, *units: Callable[[Transaction], object]) -> list[object]:
        """Write the units as one batch: the writer is held until all of them wait."""

        async def write_all() -> list[object]:
            holding, go = threading.Event(), threading.Event()

            def hold(tx: Transaction) -> None:
                holding.set()
                go.wait()

            first = asyncio.create_task(self.write(hold))
            await asyncio.to_thread(holding.wait)
            writes = [asyncio.create_task(self.write(unit)) for unit in units]
            await asyncio.sleep(0)
            go.set()
            # Nothing of the batch may be on its way any more when the unit that held the writer is what failed.
            held, *results = await asyncio.gather(first, *writes, return_exceptions=True)
            if isinstance(held, BaseException):
                raise held
            return results

        return asyncio.run(write_all())

    def run_ids(self) -> set[str]:
        return {row[0] for row in self.raw.execute("SELECT id FROM run")}


@pytest.fixture
def bench(state: Path) -> Iterator[Bench]:
    """Return a writer whose ledger knows the job u1."""
    raw = open_for_writing(state)
    connection = FailingCommits(raw)
    transaction = SqlTransaction(raw, JobCache())
    transaction.put_job(a_job())
    writer = Writer(connection, transaction, state)  # type: ignore[arg-type]  # stands in for a connection
    reader = sqlite3.connect(state)
    yield Bench(connection, reader, writer)
    writer.finish()
    reader.close()


def insert(number: int) -> Callable[[Transaction], object]:
    """Return a unit that inserts the run of this number and returns the number."""

    def unit(tx: Transaction) -> int:
        tx.insert_run(a_run(f"r{number}", number))
        return number

    return unit


def refuse(tx: Transaction) -> None:
    """Write something and raise."""
    tx.insert_run(a_run("refused", 99))
    raise LookupError("no")


def test_what_waits_shares_one_commit(bench: Bench) -> None:
    """Twenty units that wait cost one transaction."""
    before = bench.writer.commits
    assert list(range(20)) == bench.together(*(insert(number) for number in range(20)))
    assert before + 2 == bench.writer.commits  # the unit that held the writer is the other one


def test_a_batch_is_bounded(bench: Bench) -> None:
    """Of many units that wait the first are told before the last are written."""
    before = bench.writer.commits
    bench.together(*(insert(number) for number in range(BATCH + 1)))
    assert before + 3 == bench.writer.commits


def test_a_unit_that_raises_costs_its_batch_nothing(bench: Bench) -> None:
    """The unit in the middle is undone alone; those before and behind it are durable."""
    first, refused, last = bench.together(insert(1), refuse, insert(2))
    assert (1, 2) == (first, last)
    assert isinstance(refused, LookupError)
    assert {"r1", "r2"} == bench.run_ids()


def test_a_failed_commit_fails_every_unit_of_the_batch(bench: Bench) -> None:
    """Each waiter gets a StoreError of its own that names the state, and nothing stands."""
    bench.connection.failures = 2  # that of the unit that holds the writer, then that of the batch
    with pytest.raises(StoreError):
        bench.together(insert(1))
    bench.connection.failures = 0

    def fail_next(tx: Transaction) -> None:
        bench.connection.failures = 1

    first, second, refused = bench.together(insert(1), insert(2), refuse, fail_next)[:3]
    assert isinstance(first, StoreError)
    assert "state.db: disk I/O error" in str(first)
    assert isinstance(second, StoreError)
    assert first is not second
    assert isinstance(refused, LookupError)
    assert set() == bench.run_ids()


def test_nothing_of_a_failed_commit_is_remembered(bench: Bench) -> None:
    """The next unit reads the rows that stand."""

    def move(tx: Transaction) -> None:
        tx.move_cursor("u1", at(50))
        tx.put_job(a_job("u2", "set/two"))
        assert tx.job("u1") == a_job(cursor=at(50))
        bench.connection.failures = 1

    (failed,) = bench.together(move)
    assert isinstance(failed, StoreError)
    assert [(a_job(), None)] == bench.together(lambda tx: (tx.job("u1"), tx.job("u2")))


def test_the_writer_goes_on_after_a_failed_commit(bench: Bench) -> None:
    """The next batch is written as if nothing had been."""

    def fail_next(tx: Transaction) -> None:
        bench.connection.failures = 1

    bench.together(insert(1), fail_next)
    assert [1] == bench.together(insert(1))
    assert {"r1"} == bench.run_ids()


def test_a_full_disk_is_told_and_survived(bench: Bench) -> None:
    """A unit that finds no room raises StoreError, and what fits afterwards is written."""
    pages = bench.raw.execute("PRAGMA page_count").fetchone()[0]

    def limit(tx: SqlTransaction) -> None:
        tx._execute(f"PRAGMA max_page_count = {pages + 4}")

    def too_much(tx: Transaction) -> None:
        run = a_run("big", 50).started(at(50))
        tx.insert_run(run)
        outcome = type(DONE)(output="x" * 1_000_000)
        tx.finish_run("big", attempt=1, status=run.status.SUCCEEDED, at=at(51), outcome=outcome)

    bench.together(limit)  # type: ignore[arg-type]  # it needs the connection behind the transaction
    (failed,) = bench.together(too_much)
    assert isinstance(failed, StoreError)
    assert "full" in str(failed)
    assert [1] == bench.together(insert(1))
    assert {"r1"} == bench.run_ids()


def test_a_lost_transaction_fails_its_whole_batch(bench: Bench) -> None:
    """When SQLite gives the transaction up in a unit, no unit of the batch is told it is durable."""

    def give_up(tx: SqlTransaction) -> None:
        tx._execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    results = bench.together(insert(1), give_up, insert(2))  # type: ignore[arg-type]  # needs the connection
    assert [StoreError] * 3 == [type(result) for result in results]
    assert set() == bench.run_ids()
    assert [3] == bench.together(insert(3))


def test_a_cancelled_waiter_breaks_no_batch(bench: Bench) -> None:
    """Its unit and the others are written, and the others are told."""

    async def cancel_one() -> list[object]:
        writes = [asyncio.create_task(bench.write(insert(number))) for number in range(5)]
        await asyncio.sleep(0)
        writes[2].cancel()
        return await asyncio.gather(*writes, return_exceptions=True)

    results = asyncio.run(cancel_one())
    assert [0, 1, 3, 4] == [result for result in results if isinstance(result, int)]
    assert isinstance(results[2], asyncio.CancelledError)
    assert {f"r{number}" for number in range(5)} == bench.run_ids()


def test_a_closed_loop_stops_no_writer(bench: Bench) -> None:
    """A loop that ended before its units did is not waited for."""

    async def leave_behind() -> None:
        release = threading.Event()
        bench.writer.submit(lambda tx: release.wait(0.2))
        bench.writer.submit(insert(1))

    asyncio.run(leave_behind())
    assert [2] == bench.together(insert(2))
    assert {"r1", "r2"} == bench.run_ids()
