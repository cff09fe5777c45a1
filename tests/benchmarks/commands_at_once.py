"""200 commands due at one instant: how late they start, beside bare asyncio that spawns the same program.

Ours is the whole service: manifests, planning and claim in SQLite, and only then the processes. Peer: `call_at` and
`create_subprocess_exec` with the same pipes and a session each. The program prints the time at which it began, so
lateness is measured alike and inside the process itself. Each run is a process of its own; run with
`python -m tests.benchmarks.commands_at_once`.
"""

import asyncio
import gc
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.promise import Promise, report

COMMANDS = 200
ROUNDS = 9
PROGRAM = ("date", "+%s.%N")
MOST_TIMES_BARE = 1.25
HEAD_START = 2.0
"""Seconds before the instant by which everything stands and is still."""

_MANIFEST = "schedrun: v1\nname: bench\njobs:\n"
_JOB = "  job-{number}:\n    schedule: {{every: 1d, anchor: '{at}'}}\n    target: {{command: [{program}]}}\n"


def instant_from_now(seconds: float) -> datetime:
    """Return the first full second that is at least `seconds` ahead."""
    return datetime.fromtimestamp(int(time.time() + seconds) + 1, UTC)


async def bare_asyncio(at: datetime) -> list[float]:
    """Spawn from a timer; return when each process began."""
    loop = asyncio.get_running_loop()

    async def one() -> float:
        process = await asyncio.create_subprocess_exec(
            *PROGRAM,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        printed, _ = await process.communicate()
        return float(printed)

    tasks: list[asyncio.Task[float]] = []
    when = loop.time() + at.timestamp() - time.time()
    for _ in range(COMMANDS):
        loop.call_at(when, lambda: tasks.append(loop.create_task(one())))
    await _hold_still(at)
    while len(tasks) < COMMANDS:
        await asyncio.sleep(0.05)
    return list(await asyncio.gather(*tasks))


async def schedrun(at: datetime, folder: Path) -> list[float]:
    """Run a service with a job for each command; return when each process began, from the ledger."""
    from schedrun.clock import SystemClock
    from schedrun.service.service import Service
    from schedrun.settings import Settings

    logging.getLogger("schedrun").setLevel(logging.WARNING)
    manifests = folder / "manifests"
    manifests.mkdir()
    jobs = (
        _JOB.format(number=number, at=at.isoformat(), program=", ".join(map(json.dumps, PROGRAM)))
        for number in range(COMMANDS)
    )
    (manifests / "jobs.yaml").write_text(_MANIFEST + "".join(jobs))
    settings = Settings(state=folder / "state" / "state.db", paths=(manifests,))
    service = Service(settings, clock=SystemClock(), environ=os.environ)
    await service.start()
    try:
        await _hold_still(at)
        deadline = time.perf_counter() + 60
        while time.perf_counter() < deadline:
            await asyncio.sleep(0.5)
            runs = await service.read(lambda reader: reader.runs(limit=COMMANDS))
            if len(runs) == COMMANDS and all(run.status == "succeeded" for run in runs):
                return [float(run.output or "nan") for run in runs]
    finally:
        await service.stop()
    raise RuntimeError("not every command ran")


async def _hold_still(at: datetime) -> None:
    """Wait until just before the instant, with nothing left to collect of what was set up."""
    gc.collect()
    gc.freeze()
    await asyncio.sleep(at.timestamp() - time.time() - 0.2)


def measure(variant: str) -> float:
    """Run one variant in this process; return its p99 lateness in seconds."""
    from schedrun.targets.process import install_child_watcher

    install_child_watcher()  # for both: a thread a child, the default of Python 3.11, would slow the peer down
    at = instant_from_now(HEAD_START)
    with tempfile.TemporaryDirectory() as folder:
        began = asyncio.run(bare_asyncio(at) if variant == "asyncio" else schedrun(at, Path(folder)))
    return statistics.quantiles([instant - at.timestamp() for instant in began], n=100)[98]


def main() -> list[Promise]:
    """Print medians of alternating rounds; return the ratio to bare asyncio, taken round by round."""
    taken: dict[str, list[float]] = {"asyncio": [], "schedrun": []}
    for turn in range(ROUNDS):
        for variant in sorted(taken, reverse=turn % 2 == 1):
            out = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.commands_at_once", variant],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            taken[variant].append(json.loads(out.stdout))
    sys.stdout.write(f"{COMMANDS} commands due at one instant (medians of {ROUNDS} rounds)\n")
    for variant, late in taken.items():
        sys.stdout.write(f"  {variant:16} p99 late {statistics.median(late) * 1000:7.0f} ms\n")
    ratio = statistics.median(ours / bare for ours, bare in zip(taken["schedrun"], taken["asyncio"], strict=True))
    return [Promise(f"{COMMANDS} commands due, p99, times bare asyncio", ratio, at_most=MOST_TIMES_BARE)]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(measure(sys.argv[1])))
    else:
        report(main())
