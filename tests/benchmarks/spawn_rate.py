"""How many commands a second a process of 1 GiB runs, 20 at a time, beside bare asyncio.

Ours is the command target with all it does for a run: environment, masked output, adopting orphans. Peer:
`create_subprocess_exec` with the same pipes and a session each. Each run is a process of its own; run with
`python -m tests.benchmarks.spawn_rate`.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.promise import Promise, report

RESIDENT_BYTES = 1 << 30
AT_ONCE = 20
COMMANDS = 600
WARM_UP = 40
ROUNDS = 7
PROGRAM = ("true",)
LEAST_OF_BARE = 0.8

Command = Callable[[int], Awaitable[None]]


async def rate(one: Command) -> float:
    """Run the commands, so many at once, and return how many that were a second."""

    async def worker(numbers: range) -> None:
        for number in numbers:
            await one(number)

    async def all_of(count: int) -> None:
        await asyncio.gather(*(worker(range(first, count, AT_ONCE)) for first in range(AT_ONCE)))

    await all_of(WARM_UP)
    begun = time.perf_counter()
    await all_of(COMMANDS)
    return COMMANDS / (time.perf_counter() - begun)


async def bare_asyncio() -> float:
    """Spawn with asyncio and read to the end."""

    async def one(_: int) -> None:
        process = await asyncio.create_subprocess_exec(
            *PROGRAM,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        await process.communicate()
        if process.returncode != 0:
            raise RuntimeError("the command failed")

    return await rate(one)


async def schedrun(folder: Path) -> float:
    """Run the target as the service does."""
    from schedrun.core.spec.target import CommandTarget
    from schedrun.protocols import RunContext
    from schedrun.secret import SecretSource
    from schedrun.targets.orphans import adopting
    from schedrun.targets.registry import targets

    spec, fire_time, stop = CommandTarget(command=list(PROGRAM)), datetime.now(UTC), asyncio.Event()

    with adopting() as orphans:
        ours = targets(
            app_dir=folder, secrets=SecretSource(environ=os.environ), environ=os.environ, logs=folder, orphans=orphans
        )

        async def one(number: int) -> None:
            context = RunContext("bench/job", f"{number:020}", 1, fire_time, stop, kill_after=10.0)
            outcome = await ours.run(spec, context)
            if outcome.error is not None or outcome.still_running is not None:
                raise RuntimeError(f"the command failed: {outcome}")

        taken = await rate(one)
        await ours.close()
    return taken


def measure(variant: str) -> float:
    """Return the commands a second of one variant, in this process, which is made large first."""
    from schedrun.targets.process import install_child_watcher

    install_child_watcher()  # for both: a thread a child, the default of Python 3.11, would slow the peer down
    ballast = bytearray(os.urandom(1 << 20)) * (RESIDENT_BYTES >> 20)
    with tempfile.TemporaryDirectory() as folder:
        taken = asyncio.run(bare_asyncio() if variant == "asyncio" else schedrun(Path(folder)))
    assert len(ballast) == RESIDENT_BYTES
    return taken


def main() -> list[Promise]:
    """Print medians of alternating rounds; return the ratio to bare asyncio, taken round by round."""
    taken: dict[str, list[float]] = {"asyncio": [], "schedrun": []}
    for turn in range(ROUNDS):
        for variant in sorted(taken, reverse=turn % 2 == 1):
            out = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.spawn_rate", variant],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            taken[variant].append(float(out.stdout))
    sys.stdout.write(f"commands from a process of 1 GiB, {AT_ONCE} at a time (medians of {ROUNDS} rounds)\n")
    for variant, rates in taken.items():
        sys.stdout.write(f"  {variant:16} {statistics.median(rates):7.0f} a second\n")
    ratio = statistics.median(ours / bare for ours, bare in zip(taken["schedrun"], taken["asyncio"], strict=True))
    return [Promise("commands a second from 1 GiB, times bare asyncio", ratio, at_least=LEAST_OF_BARE)]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(str(measure(sys.argv[1])))
    else:
        report(main())
