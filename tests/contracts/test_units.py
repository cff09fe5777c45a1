"""What every ledger promises about units of work."""

import asyncio
from collections.abc import Callable

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.run.recorded import RecordedJob
from schedrun.protocols import Transaction
from tests.contracts.ledger import Ledger, a_job, a_run, a_span, at, finish


class RefusalError(Exception):
    """What a unit raises here."""


def everything(tx: Transaction) -> None:
    """Write something of each kind over the job u1 and its queued run r1."""
    tx.put_job(a_job("u2", "set/two"))
    tx.put_job(a_job(key="set/renamed"))
    tx.move_cursor("u1", at(50))
    assert tx.start_run("r1", at=at(2))
    assert finish(tx, "r1", 3)
    tx.insert_run(a_run("r2", 9))
    tx.insert_span(a_span(1, 2))
    tx.insert_span(a_span(3, 4))


def seen(ledger: Ledger) -> tuple[object, ...]:
    """Everything of the ledger that `everything` changes."""
    return ledger.read(
        lambda reader: (
            list(reader.jobs()),
            list(reader.runs()),
            list(reader.active_runs("u1")),
            list(reader.spans()),
            reader.last_finished(),
            list(reader.verdicts("u1", after=at(0), until=at(99))),
            reader.job_by_key("set/one"),
        )
    )


def test_a_unit_reads_what_it_writes(one_job: Ledger) -> None:
    """What a transaction writes it reads back at once."""

    def unit(tx: Transaction) -> None:
        tx.insert_run(a_run())
        everything(tx)
        assert {"u1": "set/renamed", "u2": "set/two"} == tx.keys(["u1", "u2"])
        assert ["r2"] == [run.id for run in tx.active_runs("u1")]
        assert [a_span(1, 4, count=2)] == list(tx.spans())

    one_job.write(unit)


def test_the_result_of_a_unit_is_returned(ledger: Ledger) -> None:
    """write returns what the unit returns, read what the query returns."""
    assert ledger.write(lambda tx: 42) == 42
    assert ledger.read(lambda reader: "answer") == "answer"


def test_a_unit_that_raises_leaves_nothing(one_job: Ledger) -> None:
    """Everything is undone and the exception raised to the caller."""
    one_job.write(lambda tx: tx.insert_run(a_run()))
    before = seen(one_job)

    def unit(tx: Transaction) -> None:
        everything(tx)
        raise RefusalError

    with pytest.raises(RefusalError):
        one_job.write(unit)
    assert before == seen(one_job)
    one_job.write(everything)
    assert before != seen(one_job)


@pytest.mark.parametrize("error", [StopIteration("s"), SystemExit(3), asyncio.CancelledError("c")])
def test_whatever_a_unit_raises_is_its_callers_alone(one_job: Ledger, error: BaseException) -> None:
    """No exception, however odd, stops the ledger or reaches another caller."""

    def unit(tx: Transaction) -> None:
        tx.move_cursor("u1", at(50))
        raise error

    async def caller() -> str:
        try:
            await one_job.store.write(unit)
        except (RuntimeError, SystemExit, asyncio.CancelledError) as caught:
            # A coroutine cannot raise StopIteration; Python turns it into a RuntimeError.
            return type(caught.__cause__ or caught).__name__
        return "nothing"

    assert type(error).__name__ == one_job.runner.run(caller())
    assert at(0) == one_job.read(lambda reader: reader.jobs()[0].cursor)


def test_one_refused_unit_among_many_is_undone_alone(one_job: Ledger) -> None:
    """Units that wait together stand or fall each by itself."""

    def unit(number: int) -> Callable[[Transaction], int]:
        def work(tx: Transaction) -> int:
            tx.insert_run(a_run(f"r{number}", number))
            if number % 3 == 0:
                raise RefusalError
            return number

        return work

    async def all_at_once() -> list[int | BaseException]:
        writes = (one_job.store.write(unit(number)) for number in range(1, 20))
        return await asyncio.gather(*writes, return_exceptions=True)

    results = one_job.runner.run(all_at_once())
    expected = [number for number in range(1, 20) if number % 3]
    assert expected == [result for result in results if isinstance(result, int)]
    assert {f"r{number}" for number in expected} == {run.id for run in one_job.read(lambda r: r.runs())}


def test_the_next_unit_reads_nothing_of_what_was_undone(one_job: Ledger) -> None:
    """Also where it waited together with the one that raised: rows are those that stand."""

    def move(seconds: float, *, fail: bool = False) -> Callable[[Transaction], RecordedJob | None]:
        def unit(tx: Transaction) -> RecordedJob | None:
            before = tx.job("u1")
            tx.move_cursor("u1", at(seconds))
            if fail:
                tx.put_job(a_job(held="by the guard"))
                tx.put_job(a_job("u2", "set/two"))
                raise RefusalError
            return before

        return unit

    async def together() -> list[object]:
        units = (move(10), move(20, fail=True), move(30))
        return await asyncio.gather(*(one_job.store.write(unit) for unit in units), return_exceptions=True)

    first, refused, last = one_job.runner.run(together())
    assert (a_job(), a_job(cursor=at(10))) == (first, last)
    assert isinstance(refused, RefusalError)
    assert (a_job(cursor=at(30)), None) == one_job.write(lambda tx: (tx.job("u1"), tx.job("u2")))


def test_units_run_in_the_order_they_came(one_job: Ledger) -> None:
    """Each unit sees what all before it wrote."""
    order: list[int] = []

    async def all_at_once() -> None:
        await asyncio.gather(*(one_job.store.write(lambda tx, n=n: order.append(n)) for n in range(300)))  # type: ignore[misc]

    one_job.runner.run(all_at_once())
    assert list(range(300)) == order


def test_a_cancelled_caller_withdraws_nothing(one_job: Ledger) -> None:
    """The unit of a caller that was cancelled runs, and so do those behind it."""

    async def cancel_the_first() -> None:
        first = asyncio.create_task(one_job.store.write(lambda tx: tx.insert_run(a_run("r1", 1))))
        second = asyncio.create_task(one_job.store.write(lambda tx: tx.insert_run(a_run("r2", 2))))
        await asyncio.sleep(0)
        first.cancel()
        await second
        await asyncio.wait([first])

    one_job.runner.run(cancel_the_first())
    assert {"r1", "r2"} == {run.id for run in one_job.read(lambda reader: reader.runs())}


def test_what_was_written_is_sound(one_job: Ledger) -> None:
    """A look through all of it finds nothing, and changes nothing."""
    before = one_job.read(lambda reader: reader.jobs())
    one_job.runner.run(one_job.store.verify())
    assert before == one_job.read(lambda reader: reader.jobs())


def test_a_closed_store_refuses(one_job: Ledger) -> None:
    """write and read raise StoreError after close, which may be called twice."""
    one_job.runner.run(one_job.store.close())
    one_job.runner.run(one_job.store.close())
    with pytest.raises(StoreError, match="closed"):
        one_job.write(lambda tx: None)
    with pytest.raises(StoreError, match="closed"):
        one_job.read(lambda reader: None)


def test_close_finishes_what_waits(one_job: Ledger) -> None:
    """A unit that was submitted before close is done."""

    async def write_number(number: int) -> int:
        return await one_job.store.write(lambda tx: number)

    async def close_behind_writes() -> list[int]:
        writes = [asyncio.create_task(write_number(n)) for n in range(50)]
        await asyncio.sleep(0)
        await one_job.store.close()
        return await asyncio.gather(*writes)

    assert list(range(50)) == one_job.runner.run(close_behind_writes())


def test_own_writes_leave_the_version_alone(one_job: Ledger) -> None:
    """version changes when another process has written, not when this store has."""
    before = one_job.store.version()
    one_job.write(lambda tx: tx.insert_run(a_run()))
    assert before == one_job.store.version()
