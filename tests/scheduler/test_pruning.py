"""Forgetting in the background: in small units, whole, and without any effect on what is planned."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from schedrun.core.ids import log_name, scheduled_run_id
from schedrun.core.run.recorded import Event, Session
from schedrun.core.run.retention import Pruned, Retention
from schedrun.protocols import Store, Transaction
from schedrun.scheduler import pruning
from schedrun.scheduler.pruning import FEWEST_ROWS, JOBS_A_UNIT, LONG_SECONDS, ROWS_A_UNIT, Pruning, would_prune
from schedrun.stores.memory import MemoryStore
from tests.contracts.ledger import a_job, a_run, a_span, at, recording, run_through
from tests.virtual import VirtualClock

T = TypeVar("T")
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
ALL = 1_000_000


class Counting(MemoryStore):
    """A ledger that keeps everything and notes how many rows each unit forgot."""

    def __init__(self) -> None:
        super().__init__(keep=ALL)
        self.units: list[int] = []

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        def counted(tx: Transaction) -> tuple[T, int]:
            before = _held(tx)
            result = unit(tx)
            return result, before - _held(tx)

        result, gone = await super().write(counted)
        self.units.append(gone)
        return result


def _held(tx: Transaction) -> int:
    return len(tx.runs(limit=ALL)) + len(tx.spans(limit=ALL)) + len(tx.events(limit=ALL))


async def filled(store: Store, jobs: int, runs: int) -> None:
    """Record jobs with so many finished runs each, one a second."""

    def unit(tx: Transaction) -> None:
        for number in range(jobs):
            uid = f"u{number:04}"
            tx.put_job(a_job(uid, f"set/{number}", cursor=at(10_000)))
            for fire in range(runs):
                run = a_run(scheduled_run_id(uid, at(fire)), fire, job_uid=uid)
                run_through(tx, run, end=fire)

    await store.write(unit)


def forget(store: Store, retention: Retention, *, now: datetime, logs_dir: Path | None = None) -> Pruning:
    async def go() -> Pruning:
        pass_ = Pruning(store, retention, clock=VirtualClock(now), logs_dir=logs_dir)
        await pass_.finish()
        return pass_

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("jobs", "runs"),
    [pytest.param(3, 450, id="many-runs"), pytest.param(JOBS_A_UNIT * 2 + 5, 3, id="many-jobs")],
)
def test_a_unit_forgets_a_bounded_number_of_rows(jobs: int, runs: int) -> None:
    """And a pass forgets all that may go."""
    store = Counting()
    asyncio.run(filled(store, jobs, runs))
    store.units.clear()
    done = forget(store, Retention(None, 1), now=at(20_000))
    assert Pruned(jobs * (runs - 1)) == done.pruned
    assert ROWS_A_UNIT >= max(store.units)
    assert jobs * (runs - 1) == sum(store.units)
    store.units.clear()
    assert Pruned() == forget(store, Retention(None, 1), now=at(20_000)).pruned
    assert -(-jobs // JOBS_A_UNIT) == len(store.units)


def test_units_that_take_long_become_smaller() -> None:
    """Down to the fewest rows, and larger again once they are fast."""
    slow = True
    sizes: list[int] = []

    class Slow(Counting):
        async def write(self, unit: Callable[[Transaction], T]) -> T:
            result = await super().write(unit)
            clock._move(2 * LONG_SECONDS if slow else 0)
            return result

    async def go() -> None:
        nonlocal slow
        pass_ = Pruning(store, Retention(None, 1), clock=clock)
        for takes_long in (False, False, False, True, True, True, True, True, False, False):
            slow = takes_long
            await pass_.go_on(units=1)
            sizes.append(store.units[-1])

    clock = VirtualClock(at(20_000))
    store = Slow()
    asyncio.run(filled(store, 1, 1_500))
    asyncio.run(go())
    assert [50, 100, 200, 200, 100, 50, 25, FEWEST_ROWS, FEWEST_ROWS, 40] == sizes


def test_age_is_seen_from_now() -> None:
    """What is older than `keep_for` goes, records of the service included; the rest stays."""
    store = MemoryStore(keep=ALL)
    asyncio.run(filled(store, 2, 100))
    sessions = [Session(f"s{when}", 1, at(when), at(when)) for when in (0, 30, 60, 90)]

    async def more() -> None:
        await store.write(recording(*(Event(at(when), str(when), {}) for when in range(100))))
        for session in sessions:
            await store.write(lambda tx, session=session: tx.put_session(session))  # type: ignore[misc]  # bound early

    asyncio.run(more())
    retention = Retention(timedelta(seconds=50), None)
    told = asyncio.run(store.read(lambda reader: would_prune(reader, retention, now=at(100))))
    done = forget(store, retention, now=at(100))
    assert Pruned(2 * 50, 0, 50 + 1) == done.pruned == told


def test_sessions_that_explain_a_kept_span_are_kept() -> None:
    """A span that is kept may begin long before what is too old."""
    store = MemoryStore(keep=ALL)

    async def fill() -> None:
        await store.write(recording(a_job(cursor=at(1_000)), a_span(45, 95)))
        for when in (0, 20, 40, 60):
            await store.write(lambda tx, when=when: tx.put_session(Session(f"s{when}", 1, at(when), at(when))))  # type: ignore[misc]

    asyncio.run(fill())
    assert Pruned(0, 0, 2) == forget(store, Retention(timedelta(seconds=10), None), now=at(100)).pruned
    before, after = asyncio.run(store.read(lambda reader: reader.sessions_around(at(45))))
    assert before is not None
    assert after is not None
    assert ("s40", "s60") == (before.id, after.id)


def test_without_bounds_nothing_goes() -> None:
    """Not even records of the service."""
    store = MemoryStore(keep=ALL)
    asyncio.run(filled(store, 1, 10))
    asyncio.run(store.write(recording(Event(at(0), "old", {}))))
    assert Pruned() == forget(store, Retention(None, None), now=at(10**8)).pruned


def test_a_pass_stops_and_goes_on() -> None:
    """A bounded number of units at a time, until there is no more."""
    store = Counting()
    asyncio.run(filled(store, 2, 501))

    async def go() -> list[bool]:
        pass_ = Pruning(store, Retention(None, 1), clock=VirtualClock(at(20_000)))
        more = [await pass_.go_on(units=2) for _ in range(4)]
        assert 1_000 == pass_.pruned.runs
        return more

    assert [True, True, True, False] == asyncio.run(go())


def test_output_of_forgotten_runs_is_deleted(tmp_path: Path) -> None:
    """That of known runs stays, and so does what is not ours."""
    store = MemoryStore(keep=ALL)
    asyncio.run(filled(store, 1, 4))
    logs = tmp_path / "state.db.logs"
    logs.mkdir()
    ids = [scheduled_run_id("u0000", at(fire)) for fire in range(4)]
    names = [log_name(run_id, attempt) for run_id in ids for attempt in (1, 2)]
    strange = ["notes.txt", "abc-1.gz", f"{ids[0]}-1.gz.tmp", f"{ids[0]}-01.gz", f"{'0' * 20}-1.txt"]
    for name in (*names, *strange, log_name("f" * 20, 1)):
        (logs / name).touch()
    done = forget(store, Retention(None, 2), now=at(20_000), logs_dir=logs)
    assert (Pruned(2), 5) == (done.pruned, done.logs)
    assert {*names[4:], *strange} == {file.name for file in logs.iterdir()}


def test_no_folder_of_output_is_none_to_look_through(tmp_path: Path) -> None:
    """It is made when it is needed."""
    done = forget(MemoryStore(), Retention(), now=at(0), logs_dir=tmp_path / "none")
    assert 0 == done.logs


def test_the_log_says_what_went(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    """Nothing when nothing did."""
    store = MemoryStore(keep=ALL)
    asyncio.run(filled(store, 1, 4))
    with caplog.at_level("INFO"):
        for _ in range(2):
            asyncio.run(pruning.prune(store, Retention(None, 1), clock=VirtualClock(at(20_000)), logs_dir=tmp_path))
    (record,) = caplog.records
    assert ("pruned", 3) == (getattr(record, "event", None), getattr(record, "runs", None))
