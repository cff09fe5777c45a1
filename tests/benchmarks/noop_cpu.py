"""What a run of a function that does nothing costs in CPU: 5,000 jobs every second, in steady state.

The whole process counts, the writer's thread and the garbage collector included. Peer: bare APScheduler with its
asyncio executor. Floor: `loop.call_at` and a task. Each measurement is a process of its own. Run with
`python -m tests.benchmarks.noop_cpu`: it takes six minutes on any machine, since each of the twenty measurements fires
for eleven seconds; `python -m tests.benchmarks.noop_cpu schedrun-memory` is one of them.
"""

import asyncio
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.promise import Promise, report

JOBS = 5_000
ROUNDS = 5
SECONDS = 8
WARM_UP = 3
"""Seconds of firing that are not measured."""
LEAST_OF_ALL = 0.9
"""Which part of all fires must have run: one that drops them saves their CPU."""

_VARIANTS = ("floor", "apscheduler", "schedrun-memory", "schedrun-sqlite")
_MOST_TIMES_APSCHEDULER = 2.0


class Runs:
    """The job, and how often it ran."""

    def __init__(self) -> None:
        self.count = 0

    async def job(self) -> None:
        """Do nothing."""
        self.count += 1


def second_from_now(seconds: float) -> datetime:
    """Return the first whole second that is at least `seconds` ahead."""
    return datetime.fromtimestamp(int(time.time() + seconds) + 1, UTC)


async def cpu_a_run(runs: Runs, start: datetime) -> dict[str, float]:
    """Return the CPU of this process a run, in microseconds, and which part of all fires ran."""
    # From half a second to half a second, so that no burst is cut in two.
    await asyncio.sleep(start.timestamp() + WARM_UP - 0.5 - time.time())
    cpu, count = time.process_time(), runs.count
    await asyncio.sleep(start.timestamp() + WARM_UP + SECONDS - 0.5 - time.time())
    cpu, count = time.process_time() - cpu, runs.count - count
    return {"cpu": cpu / count * 1e6, "ran": count / (JOBS * SECONDS)}


async def floor() -> dict[str, float]:
    """`call_at` and a task a run; the next run is armed by the one before."""
    runs, loop, start = Runs(), asyncio.get_running_loop(), second_from_now(2)
    tasks: set[asyncio.Task[None]] = set()

    def fire(when: float) -> None:
        loop.call_at(when + 1, fire, when + 1)
        task = loop.create_task(runs.job())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    first = loop.time() + start.timestamp() - time.time()
    for _ in range(JOBS):
        loop.call_at(first, fire, first)
    return await cpu_a_run(runs, start)


async def bare_apscheduler() -> dict[str, float]:
    """APScheduler as it comes, its grace raised so that it drops nothing."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    runs, start = Runs(), second_from_now(4)
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None})
    for _ in range(JOBS):
        scheduler.add_job(runs.job, "interval", seconds=1, start_date=start)
    scheduler.start()
    figures = await cpu_a_run(runs, start)
    scheduler.shutdown(wait=False)
    return figures


async def schedrun(state: Path | None) -> dict[str, float]:
    """Start a TaskScheduler with interval jobs."""
    from schedrun import SchedulerConfig, TaskScheduler

    logging.getLogger("schedrun").setLevel(logging.ERROR)
    runs, start = Runs(), second_from_now(6)
    scheduler = TaskScheduler(SchedulerConfig(state=state))
    for number in range(JOBS):
        scheduler.interval(seconds=1, start=start, job_id=f"job-{number}")(runs.job)
    await scheduler.start()
    figures = await cpu_a_run(runs, start)
    await scheduler.shutdown()
    return figures


def measure(variant: str) -> dict[str, float]:
    """Measure one variant in this process."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        match variant:
            case "floor":
                return asyncio.run(floor())
            case "apscheduler":
                return asyncio.run(bare_apscheduler())
            case "schedrun-memory":
                return asyncio.run(schedrun(None))
            case _:
                return asyncio.run(schedrun(Path(folder) / "state.db"))


def main() -> list[Promise]:
    """Print medians of alternating rounds; return the ratio to bare APScheduler, taken round by round."""
    taken: dict[str, list[dict[str, float]]] = {variant: [] for variant in _VARIANTS}
    for _ in range(ROUNDS):
        for variant in _VARIANTS:
            out = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.noop_cpu", variant],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            taken[variant].append(json.loads(out.stdout))
    sys.stdout.write(f"{JOBS:,} no-op jobs every second (medians of {ROUNDS} rounds)\n")
    ratios: dict[str, float] = {}
    for variant in _VARIANTS:
        cpu, ran = (statistics.median(one[key] for one in taken[variant]) for key in ("cpu", "ran"))
        ratios[variant] = statistics.median(
            ours["cpu"] / peer["cpu"] for ours, peer in zip(taken[variant], taken["apscheduler"], strict=True)
        )
        sys.stdout.write(f"  {variant:16} {cpu:6.1f} us a run {ratios[variant]:6.2f}x   {ran:6.1%} of the fires ran\n")
    ran = statistics.median(one["ran"] for one in taken["schedrun-memory"])
    return [
        Promise(
            "CPU a no-op run, schedrun-memory, times APScheduler",
            ratios["schedrun-memory"],
            at_most=_MOST_TIMES_APSCHEDULER,
        ),
        Promise("part of the no-op fires that ran, schedrun-memory", ran, at_least=LEAST_OF_ALL),
    ]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(measure(sys.argv[1])))
    else:
        report(main())
