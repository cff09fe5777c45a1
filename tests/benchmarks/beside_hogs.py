"""10,000 one-second interval jobs beside two CPU hogs for 30 s: what became of each of the fires that came due.

Every fire must be accounted for: executed, superseded, missed or skipped. Peer: bare APScheduler with its grace of one
second, which drops what it cannot start and records nothing. Each variant is a process of its own, with its own hogs.
"""

import asyncio
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.benchmarks.promise import Promise, report

JOBS = 10_000
SECONDS = 30
DRAIN_SECONDS = 60
HOGS = 2
DUE = JOBS * SECONDS
"""Fires of all jobs: from `start`, inclusive, to `end`, exclusive, one a second."""

_SET_UP_SECONDS = {"apscheduler": 12, "schedrun-memory": 25, "schedrun-sqlite": 25}


@contextmanager
def hogs() -> Iterator[None]:
    """Keep every core busy."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(HOGS)]
    try:
        yield
    finally:
        for one in busy:
            one.kill()
            one.wait()


async def bare_apscheduler(begin: datetime) -> Counter[str]:
    """APScheduler as it comes."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    counted: Counter[str] = Counter()

    async def job() -> None:
        counted["executed"] += 1

    scheduler = AsyncIOScheduler(timezone=UTC)
    last = begin + timedelta(seconds=SECONDS - 1)
    for _ in range(JOBS):
        scheduler.add_job(job, "interval", seconds=1, start_date=begin, end_date=last)
    scheduler.start()
    with hogs():
        await asyncio.sleep(begin.timestamp() + SECONDS - time.time())
    await asyncio.sleep(5)
    scheduler.shutdown(wait=False)
    return counted


async def schedrun(begin: datetime, *, state: Path | None) -> Counter[str]:
    """Start a TaskScheduler with interval jobs, and ask its ledger once every cursor stands at its last fire."""
    from schedrun import SchedulerConfig, TaskScheduler

    logging.getLogger("schedrun").setLevel(logging.CRITICAL)

    async def job() -> None:
        pass

    scheduler = TaskScheduler(SchedulerConfig(state=state))
    end = begin + timedelta(seconds=SECONDS)
    for number in range(JOBS):
        scheduler.interval(seconds=1, start=begin, end=end, job_id=f"job-{number}")(job)
    await scheduler.start()
    engine = scheduler._live.engine
    assert engine is not None
    with hogs():
        await asyncio.sleep(begin.timestamp() + SECONDS - time.time())
    last, give_up = end - timedelta(seconds=1), time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < give_up:
        rows = await engine.store.read(lambda reader: reader.jobs())
        if all(row.cursor >= last for row in rows):
            break
        await asyncio.sleep(0.5)
    await engine.settle()
    runs, spans = await engine.store.read(lambda reader: (reader.runs(limit=2 * DUE), reader.spans(limit=2 * DUE)))
    counted: Counter[str] = Counter("executed" if run.status == "succeeded" else str(run.status) for run in runs)
    for span in spans:
        counted[str(span.status)] += span.count
    await scheduler.shutdown()
    return counted


def measure(variant: str) -> dict[str, int]:
    """Run one variant in this process; return how many fires had each verdict."""
    begin = datetime.fromtimestamp(int(time.time()) + _SET_UP_SECONDS[variant], UTC)

    async def go() -> Counter[str]:
        with tempfile.TemporaryDirectory() as folder:
            match variant:
                case "apscheduler":
                    return await bare_apscheduler(begin)
                case "schedrun-memory":
                    return await schedrun(begin, state=None)
                case _:
                    return await schedrun(begin, state=Path(folder) / "state" / "state.db")

    return dict(asyncio.run(go()))


def main() -> list[Promise]:
    """Print what became of the fires; promise that ours are all accounted for."""
    sys.stdout.write(f"{JOBS} one-second jobs beside {HOGS} CPU hogs for {SECONDS} s: {DUE} fires came due\n")
    promises: list[Promise] = []
    for variant in _SET_UP_SECONDS:
        out = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.beside_hogs", variant], check=True, capture_output=True, text=True
        )
        counted: dict[str, int] = json.loads(out.stdout)
        known = sum(counted.values())
        told = ", ".join(f"{verdict} {number}" for verdict, number in sorted(counted.items()))
        sys.stdout.write(f"  {variant:16} {told}; without a verdict {DUE - known}\n")
        if variant != "apscheduler":
            promises.append(
                Promise(f"fires with a verdict beside hogs, {variant}, of those due", known / DUE, 1.0, 1.0)
            )
    return promises


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(measure(sys.argv[1])))
    else:
        report(main())
