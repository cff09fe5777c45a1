"""10,000 jobs due at one instant: how late they start, and how long the event loop stalls meanwhile.

Peer: bare APScheduler with its asyncio executor. Floor: `loop.call_at` and a task. Each run is a process of its own.
"""

import asyncio
import gc
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.promise import Promise, report

JOBS = 10_000
ROUNDS = 3
TICK = 0.001
PERIOD = 20
"""Seconds between two fires of a job; only the first is measured."""

Lateness = list[float]


class Stall:
    """The longest time that the event loop let nobody else run."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last: float | None = None

    def begin(self) -> None:
        """Start watching."""
        self._last = time.perf_counter()
        self._tick()

    def _tick(self) -> None:
        now = time.perf_counter()
        assert self._last is not None
        self.longest = max(self.longest, now - self._last - TICK)
        self._last = now
        asyncio.get_running_loop().call_later(TICK, self._tick)


def instant_from_now(seconds: float) -> datetime:
    """Return the first instant of the jobs' grid that is at least `seconds` ahead."""
    return datetime.fromtimestamp((int(time.time() + seconds) // PERIOD + 1) * PERIOD, UTC)


async def wait_for_all(late: Lateness, at: datetime, stall: Stall) -> None:
    """Watch the loop from just before the instant until every job has started."""
    gc.collect()
    gc.freeze()  # what stands already is no work of the measured part, for nobody
    await asyncio.sleep(at.timestamp() - time.time() - 0.2)
    stall.begin()
    deadline = time.perf_counter() + 60
    while len(late) < JOBS and time.perf_counter() < deadline:
        await asyncio.sleep(0.02)
    if len(late) < JOBS:
        raise RuntimeError(f"only {len(late)} of {JOBS} jobs started")


def job_for(at: datetime, late: Lateness) -> Callable[[], Coroutine[None, None, None]]:
    """Return the job: it notes how late it starts."""
    due = at.timestamp()

    async def job() -> None:
        late.append(time.time() - due)

    return job


async def floor(at: datetime, late: Lateness, stall: Stall) -> None:
    """`call_at` and a task for each job."""
    loop, job = asyncio.get_running_loop(), job_for(at, late)
    when = loop.time() + at.timestamp() - time.time()
    tasks: list[asyncio.Task[None]] = []
    for _ in range(JOBS):
        loop.call_at(when, lambda: tasks.append(loop.create_task(job())))
    await wait_for_all(late, at, stall)


async def bare_apscheduler(at: datetime, late: Lateness, stall: Stall) -> None:
    """APScheduler as it comes, its grace raised so that it drops nothing."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None})
    job = job_for(at, late)
    for _ in range(JOBS):
        scheduler.add_job(job, "interval", seconds=PERIOD, start_date=at)
    scheduler.start()
    await wait_for_all(late, at, stall)
    scheduler.shutdown(wait=False)


async def schedrun(at: datetime, late: Lateness, stall: Stall, *, state: Path | None) -> None:
    """Start a TaskScheduler with interval jobs."""
    from schedrun import SchedulerConfig, TaskScheduler

    logging.getLogger("schedrun").setLevel(logging.ERROR)
    scheduler = TaskScheduler(SchedulerConfig(state=state))
    job = job_for(at, late)
    for number in range(JOBS):
        scheduler.interval(seconds=PERIOD, start=at, job_id=f"job-{number}")(job)
    await scheduler.start()
    await wait_for_all(late, at, stall)
    await scheduler.shutdown()


def measure(variant: str) -> dict[str, float]:
    """Run one variant in this process; return p99 lateness and the longest stall, in seconds."""
    late: Lateness = []
    stall = Stall()
    at = instant_from_now(12 if variant.startswith("schedrun") else 4)

    async def go() -> None:
        with tempfile.TemporaryDirectory() as folder:
            match variant:
                case "floor":
                    await floor(at, late, stall)
                case "apscheduler":
                    await bare_apscheduler(at, late, stall)
                case "schedrun-memory":
                    await schedrun(at, late, stall, state=None)
                case _:
                    await schedrun(at, late, stall, state=Path(folder) / "state" / "state.db")

    asyncio.run(go())
    return {"p99": statistics.quantiles(late, n=100)[98], "stall": stall.longest}


def main() -> list[Promise]:
    """Print medians of alternating rounds; return ratios to bare APScheduler, taken round by round."""
    variants = ("floor", "apscheduler", "schedrun-memory", "schedrun-sqlite")
    taken: dict[str, list[dict[str, float]]] = {variant: [] for variant in variants}
    for _ in range(ROUNDS):
        for variant in variants:
            out = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.due_at_once", variant],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            taken[variant].append(json.loads(out.stdout))
    bounds = {"schedrun-memory": (1.25, 0.25), "schedrun-sqlite": (4.0, 0.25)}
    promises: list[Promise] = []
    sys.stdout.write(f"{JOBS} jobs due at one instant (medians of {ROUNDS} rounds)\n")
    for variant in variants:
        p99, stall = (statistics.median(one[key] for one in taken[variant]) for key in ("p99", "stall"))
        sys.stdout.write(f"  {variant:16} p99 late {p99 * 1000:7.0f} ms   longest stall {stall * 1000:6.1f} ms\n")
        for key, most in zip(("p99", "stall"), bounds.get(variant, ()), strict=False):
            ratio = statistics.median(
                ours[key] / peer[key] for ours, peer in zip(taken[variant], taken["apscheduler"], strict=True)
            )
            promises.append(Promise(f"10,000 due, {variant}, {key}, times APScheduler", ratio, at_most=most))
    return promises


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(measure(sys.argv[1])))
    else:
        report(main())
