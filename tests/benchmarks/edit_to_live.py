"""From an edit to its live job among 1,000 files, beside watchfiles' own edit-to-event time at its defaults.

Ours is the whole service: the 100 ms in which two readings must agree, load, plan, the transaction in SQLite, and
the timer. Both watch the same folder at the same time and see the same edits. Run with
`python -m tests.benchmarks.edit_to_live`.
"""

import asyncio
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import watchfiles

from schedrun.clock import SystemClock
from schedrun.service.service import Service
from schedrun.settings import Settings
from tests.benchmarks.promise import Promise, report

_FILES = 1_000
_EDITS = 20
_MOST_TIMES_THE_PEER = 3.0
_PAUSE = 0.25
_PATIENCE = 30.0

Edit = Callable[[Path, str], None]


def in_place(file: Path, text: str) -> None:
    """Write over the file."""
    file.write_text(text)


def atomic(file: Path, text: str) -> None:
    """Write beside the file and rename into its place."""
    beside = file.with_suffix(".tmp")
    beside.write_text(text)
    beside.replace(file)


def manifest(number: int, minute: int) -> str:
    """Return the text of one file with one job."""
    return (
        f"schedrun: v1\nname: set-{number}\njobs:\n  job:\n"
        f'    schedule: {{cron: "{minute} 2 * * *"}}\n    target: {{command: ["true"]}}\n'
    )


class Follower:
    """Hears of edits in its own way and notes when."""

    def __init__(self) -> None:
        self.live = asyncio.Event()
        self.at = 0.0

    def note(self) -> None:
        """Note that the edit is here."""
        self.at = time.perf_counter()
        self.live.set()


class OnApplied(logging.Handler):
    """Notes that a change was applied: the reconciler says so once the timers follow."""

    def __init__(self, follower: Follower) -> None:
        super().__init__()
        self._follower = follower

    def emit(self, record: logging.LogRecord) -> None:
        """Note the event that the reconciler names."""
        if getattr(record, "event", None) == "change_applied":
            self._follower.note()


async def follow_ours(folder: Path, follower: Follower, state: Path) -> None:
    """Run the service on the folder."""
    log = logging.getLogger("schedrun.reconcile")
    handler = OnApplied(follower)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    service = Service(Settings(state=state, paths=(folder,)), clock=SystemClock(), environ={})
    try:
        await service.start()
        await asyncio.Event().wait()
    finally:
        await service.stop()
        log.removeHandler(handler)


async def follow_theirs(folder: Path, follower: Follower, file: Path) -> None:
    """Note watchfiles' first event of the file."""
    async for events in watchfiles.awatch(folder):
        if any(path == str(file) for _, path in events):
            follower.note()


async def measure(edit: Edit, folder: Path) -> tuple[list[float], list[float]]:
    """Return the seconds of each edit until it is live with us, and until watchfiles tells of it."""
    file = folder / "0500.yaml"
    ours, theirs = Follower(), Follower()
    tasks = [
        asyncio.create_task(follow_ours(folder, ours, folder.with_name("state") / "state.db")),
        asyncio.create_task(follow_theirs(folder, theirs, file)),
    ]
    try:
        await asyncio.wait_for(ours.live.wait(), _PATIENCE)
        return await _edits(edit, file, (ours, theirs))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _edits(edit: Edit, file: Path, followers: tuple[Follower, Follower]) -> tuple[list[float], list[float]]:
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(_EDITS):
        await asyncio.sleep(_PAUSE)  # apart from the edit before, as people edit
        for follower in followers:
            follower.live.clear()
        minute = number % 59 + 1
        start = time.perf_counter()
        edit(file, manifest(500, minute))
        await asyncio.wait_for(asyncio.gather(*(follower.live.wait() for follower in followers)), _PATIENCE)
        for taken, follower in zip(times, followers, strict=True):
            taken.append(follower.at - start)
    return times


def percentiles(seconds: Iterable[float]) -> tuple[float, float]:
    """Return the 50th and 95th percentile in milliseconds."""
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return cuts[9] * 1000, cuts[18] * 1000


def main() -> list[Promise]:
    """Print the table and return what it promises."""
    say, promises = sys.stdout.write, []
    say(f"edit to live among {_FILES:,} files, {_EDITS} edits each, ms\n")
    say(f"{'edit':<10}{'ours p50':>10}{'p95':>8}{'peer p50':>12}{'p95':>8}{'p95 ratio':>12}\n")
    for name, edit in (("in place", in_place), ("atomic", atomic)):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary).resolve() / "manifests"
            folder.mkdir()
            for number in range(_FILES):
                (folder / f"{number:04}.yaml").write_text(manifest(number, 0))
            ours, theirs = asyncio.run(measure(edit, folder))
        (our_half, our_most), (their_half, their_most) = percentiles(ours), percentiles(theirs)
        say(f"{name:<10}{our_half:>10.0f}{our_most:>8.0f}{their_half:>12.0f}{their_most:>8.0f}")
        say(f"{our_most / their_most:>11.2f}x\n")
        what = f"edit to live ({name}), p95, times watchfiles' event"
        promises.append(Promise(what, our_most / their_most, at_most=_MOST_TIMES_THE_PEER))
    return promises


if __name__ == "__main__":
    report(main())
