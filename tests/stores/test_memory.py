"""What only the ledger in memory does: it forgets."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest

from schedrun.core.errors import AlreadyRecordedError
from schedrun.core.status import RunStatus
from schedrun.protocols import Reader, Transaction
from schedrun.stores.memory import MemoryStore
from tests.contracts.ledger import a_job, a_run, a_span, at, recording, run_through

T = TypeVar("T")


@pytest.fixture
def store() -> MemoryStore:
    """Return a ledger that keeps three runs and spans a job."""
    store = MemoryStore(keep=3)
    asyncio.run(store.write(recording(a_job())))
    return store


def write(store: MemoryStore, unit: Callable[[Transaction], T]) -> T:
    return asyncio.run(store.write(unit))


def read(store: MemoryStore, query: Callable[[Reader], T]) -> T:
    return asyncio.run(store.read(query))


def fill(store: MemoryStore, runs: int) -> None:
    for number in range(1, runs + 1):
        run = a_run(f"r{number}", number)
        write(store, lambda tx, run=run: run_through(tx, run, end=100))  # type: ignore[misc]  # bound early


def test_the_last_finished_runs_are_kept(store: MemoryStore) -> None:
    """Older ones leave every answer."""
    fill(store, 5)
    assert ["r5", "r4", "r3"] == [run.id for run in read(store, lambda reader: reader.runs())]
    assert read(store, lambda reader: reader.run("r1")) is None


def test_active_runs_are_never_forgotten(store: MemoryStore) -> None:
    """The bound is one of history."""
    write(store, recording(*(a_run(f"q{number}", 50 + number) for number in range(5))))
    fill(store, 5)
    assert len(read(store, lambda reader: reader.active_runs("u1"))) == 5


def test_a_forgotten_occurrence_cannot_run_again(store: MemoryStore) -> None:
    """Its verdict stays, and a second run of it is refused."""
    fill(store, 5)
    with pytest.raises(AlreadyRecordedError):
        write(store, lambda tx: tx.insert_run(a_run("again", 1)))
    verdicts = read(store, lambda reader: reader.verdicts("u1", after=at(0), until=at(9)))
    assert [(at(1), at(2)), (at(3), at(3)), (at(4), at(4)), (at(5), at(5))] == list(verdicts)


def test_the_last_end_outlives_its_run(store: MemoryStore) -> None:
    """How a job's last run ended is known although later ends may be forgotten first."""
    write(store, lambda tx: run_through(tx, a_run("r0", 0), end=999, status=RunStatus.FAILED))
    fill(store, 5)
    assert {"u1": RunStatus.FAILED} == read(store, lambda reader: reader.last_finished())


def test_the_last_spans_are_kept(store: MemoryStore) -> None:
    """Older ones become part of what is forgotten."""
    write(store, recording(*(a_span(n, n, reason=str(n)) for n in range(1, 6))))
    assert ["5", "4", "3"] == [span.reason for span in read(store, lambda reader: reader.spans())]
    verdicts = read(store, lambda reader: reader.verdicts("u1", after=at(0), until=at(2)))
    assert [(at(1), at(2))] == list(verdicts)


def test_a_unit_that_raises_forgets_nothing(store: MemoryStore) -> None:
    """Forgetting waits for the unit to stand."""
    fill(store, 3)

    def unit(tx: Transaction) -> None:
        run_through(tx, a_run("r4", 4), end=100)
        raise LookupError

    with pytest.raises(LookupError):
        write(store, unit)
    assert ["r3", "r2", "r1"] == [run.id for run in read(store, lambda reader: reader.runs())]
