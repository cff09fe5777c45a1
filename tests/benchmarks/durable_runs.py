"""Durable no-op runs through the store, beside the same statements committed one by one on the same disk.

A run is two units of work, as the planner does them: plan and claim (read row and active runs, insert the run as
running, move the cursor), then finish, and look what waited for that. The jobs have retries and are in one group;
where that is limited, every start also asks how many of it run. Run with `python -m tests.benchmarks.durable_runs`.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from schedrun.core.run.limits import UNLIMITED, Limits
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin, RunStatus
from schedrun.protocols import Store, Transaction
from schedrun.scheduler.planning import Claim, Planner
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
_GROUP = "bench"
_LIMITED = Limits(groups={_GROUP: _CONCURRENT})


@dataclass(frozen=True, slots=True)
class Measured:
    """What so many runs took: `wall` and `cpu` in seconds, `commits` None where nothing is committed."""

    name: str
    runs: int
    wall: float
    cpu: float
    commits: int | None


def claim(tx: Transaction, planner: Planner, uid: str, turn: int) -> Claim:
    """Plan and claim one run as the dispatcher does."""
    (claimed,) = planner.plan_all(tx, {uid: True}, now=_START + (turn + 1) * _SECOND).claims
    return claimed


def finish(tx: Transaction, planner: Planner, claimed: Claim) -> bool:
    """End the run as the recorder does."""
    at = claimed.run.fire_time
    return planner.finish(tx, claimed, status=RunStatus.SUCCEEDED, outcome=_NOTHING, now=at).accepted


def declare(tx: Transaction) -> None:
    """Record one job for each concurrent run."""
    spec = Job.model_validate(
        {"schedule": {"every": "1s"}, "target": {"command": ["true"]}, "retries": {"max": 3}, "group": _GROUP}
    )
    for uid in _uids():
        tx.put_job(RecordedJob(uid=uid, key=f"bench/{uid}", origin=Origin.MANIFEST, spec=spec, cursor=_START))


async def in_store(store: Store, runs: int, limits: Limits = UNLIMITED) -> None:
    """Execute `runs` no-op runs, `_CONCURRENT` at a time."""
    planner = Planner(limits=limits)

    async def one_job(uid: str) -> None:
        for turn in range(runs // _CONCURRENT):
            claimed = await store.write(partial(claim, planner=planner, uid=uid, turn=turn))
            assert await store.write(partial(finish, planner=planner, claimed=claimed))

    await store.write(declare)
    await asyncio.gather(*(one_job(uid) for uid in _uids()))


async def one_by_one(path: Path, runs: int) -> int:
    """Execute the same statements, each committed by itself; return how many commits that were."""
    connection = open_for_writing(path)
    statements: list[str] = []
    tx, planner = SqlTransaction(connection, JobCache()), Planner()
    declare(tx)
    connection.set_trace_callback(statements.append)
    for turn in range(runs // _CONCURRENT):
        for uid in _uids():
            assert finish(tx, planner, claim(tx, planner, uid, turn))
            tx.write_counts()
    connection.close()
    return sum(not statement.startswith("SELECT") for statement in statements)


async def measured(name: str, runs: int, work: Callable[[], Awaitable[int | None]]) -> Measured:
    """Time `work`, which returns the number of its commits."""
    wall, cpu = time.perf_counter(), time.process_time()
    commits = await work()
    return Measured(name, runs, time.perf_counter() - wall, time.process_time() - cpu, commits)


async def measure(folder: Path) -> list[Measured]:
    """Measure the peer, the floor and both stores, in turn on the same disk."""

    async def sqlite(limits: Limits) -> int:
        store = await SqliteStore.open(folder / f"{len(limits.groups)} limits.db")
        await in_store(store, _RUNS, limits)
        await store.close()
        return store.commits

    async def memory(limits: Limits) -> None:
        await in_store(MemoryStore(), _RUNS, limits)

    return [
        await measured("one by one", _RUNS_ONE_BY_ONE, lambda: one_by_one(folder / "single.db", _RUNS_ONE_BY_ONE)),
        await measured("sqlite store", _RUNS, lambda: sqlite(UNLIMITED)),
        await measured("sqlite store, group limited", _RUNS, lambda: sqlite(_LIMITED)),
        await measured("memory store", _RUNS, lambda: memory(UNLIMITED)),
        await measured("memory store, group limited", _RUNS, lambda: memory(_LIMITED)),
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
    peer, *durable = (row for row in rows if row.commits is not None)
    promises: list[Promise] = []
    for row in durable:
        speed = (row.runs / row.wall) / (peer.runs / peer.wall)
        promises += [
            Promise(f"durable runs a second, {row.name}, times one by one", speed, at_least=5.0),
            Promise(f"commits a durable run, {row.name}", (row.commits or 0) / row.runs, at_most=0.1),
        ]
    return promises


def _uids() -> list[str]:
    return [f"job-{number}" for number in range(_CONCURRENT)]


if __name__ == "__main__":
    report(main())
