"""Durable no-op runs through the store, beside the same statements committed one by one on the same disk.

A run is two units of work: plan and claim (read row and active runs, insert the run as running, move the
cursor), then finish. Run with `python -m tests.benchmarks.durable_runs`.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin, RunKind, RunStatus
from schedrun.protocols import Store, Transaction
from schedrun.stores.connection import open_for_writing
from schedrun.stores.jobs import JobCache
from schedrun.stores.memory import MemoryStore
from schedrun.stores.sqlite import SqliteStore
from schedrun.stores.writing import SqlTransaction
from tests.benchmarks.promise import Promise, report

_CONCURRENT = 100
_RUNS = 20_000
_RUNS_ONE_BY_ONE = 600
_START = datetime(2026, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_NOTHING = Outcome()


@dataclass(frozen=True, slots=True)
class Measured:
    """What so many runs took: `wall` and `cpu` in seconds, `commits` None where nothing is committed."""

    name: str
    runs: int
    wall: float
    cpu: float
    commits: int | None


def claim(tx: Transaction, uid: str, turn: int) -> Run:
    """Plan and claim one run as the dispatcher does."""
    row = tx.job(uid)
    assert row is not None
    assert not tx.active_runs(uid)
    now = row.cursor + _SECOND
    run = Run(f"{uid}-{turn}", uid, now, RunKind.SCHEDULED, RunStatus.RUNNING, now, 1, now)
    tx.insert_run(run)
    tx.move_cursor(uid, now)
    return run


def finish(tx: Transaction, run: Run) -> bool:
    """End the run."""
    return tx.finish_run(run.id, attempt=1, status=RunStatus.SUCCEEDED, at=run.fire_time, outcome=_NOTHING)


def declare(tx: Transaction) -> None:
    """Record one job for each concurrent run."""
    spec = Job.model_validate({"schedule": {"every": "1s"}, "target": {"command": ["true"]}})
    for uid in _uids():
        tx.put_job(RecordedJob(uid=uid, key=f"bench/{uid}", origin=Origin.MANIFEST, spec=spec, cursor=_START))


async def in_store(store: Store, runs: int) -> None:
    """Execute `runs` no-op runs, `_CONCURRENT` at a time."""

    async def one_job(uid: str) -> None:
        for turn in range(runs // _CONCURRENT):
            run = await store.write(lambda tx, turn=turn: claim(tx, uid, turn))  # type: ignore[misc]  # bound early
            assert await store.write(lambda tx, run=run: finish(tx, run))  # type: ignore[misc]  # bound early

    await store.write(declare)
    await asyncio.gather(*(one_job(uid) for uid in _uids()))


async def one_by_one(path: Path, runs: int) -> int:
    """Execute the same statements, each committed by itself; return how many commits that were."""
    connection = open_for_writing(path)
    statements: list[str] = []
    tx = SqlTransaction(connection, JobCache())
    declare(tx)
    connection.set_trace_callback(statements.append)
    for turn in range(runs // _CONCURRENT):
        for uid in _uids():
            assert finish(tx, claim(tx, uid, turn))
    connection.close()
    return sum(not statement.startswith("SELECT") for statement in statements)


async def measured(name: str, runs: int, work: Callable[[], Awaitable[int | None]]) -> Measured:
    """Time `work`, which returns the number of its commits."""
    wall, cpu = time.perf_counter(), time.process_time()
    commits = await work()
    return Measured(name, runs, time.perf_counter() - wall, time.process_time() - cpu, commits)


async def measure(folder: Path) -> list[Measured]:
    """Measure the peer, the floor and both stores, in turn on the same disk."""

    async def sqlite() -> int:
        store = await SqliteStore.open(folder / "group.db")
        await in_store(store, _RUNS)
        await store.close()
        return store.commits

    async def memory() -> None:
        await in_store(MemoryStore(), _RUNS)

    return [
        await measured("one by one", _RUNS_ONE_BY_ONE, lambda: one_by_one(folder / "single.db", _RUNS_ONE_BY_ONE)),
        await measured("sqlite store", _RUNS, sqlite),
        await measured("memory store", _RUNS, memory),
    ]


def table(rows: list[Measured]) -> str:
    """Return the table, with each row's speed against the first."""
    title = f"durable no-op runs, {_CONCURRENT} concurrent"
    lines = [f"{title:<36}{'runs/s':>10}{'CPU us/run':>12}{'commits/run':>13}{'x':>8}"]
    slowest = rows[0].runs / rows[0].wall
    for row in rows:
        speed = row.runs / row.wall
        commits = "-" if row.commits is None else f"{row.commits / row.runs:.3f}"
        cpu = row.cpu / row.runs * 1e6
        lines.append(f"{row.name:<36}{speed:>10,.0f}{cpu:>12.1f}{commits:>13}{speed / slowest:>8.1f}")
    return "\n".join(lines)


def main() -> list[Promise]:
    """Print the table and return what it promises."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        rows = asyncio.run(measure(Path(folder)))
    print(f"SQLite {sqlite3.sqlite_version}")  # noqa: T201  a benchmark prints
    print(table(rows))  # noqa: T201  a benchmark prints
    peer, ours = rows[0], rows[1]
    speed = (ours.runs / ours.wall) / (peer.runs / peer.wall)
    return [
        Promise("durable runs a second, times one by one", speed, at_least=5.0),
        Promise("commits a durable run", (ours.commits or 0) / ours.runs, at_most=0.1),
    ]


def _uids() -> list[str]:
    return [f"job-{number}" for number in range(_CONCURRENT)]


if __name__ == "__main__":
    report(main())
