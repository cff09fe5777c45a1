"""What a cron job costs in memory: its share of the file, its spec, its row, its timer, in a service that stands.

10,000 crons are loaded, reconciled and armed as `schedrun run` does it, over each store and the real timer. What
counts is the process's resident memory before and after, so that C heaps and what loading left behind are in it.
Each measurement is a process of its own. Floor: the same manifests, kept as CSafeLoader returns them.
"""

import asyncio
import gc
import logging
import subprocess
import sys
import tempfile
import uuid
from datetime import timedelta
from pathlib import Path

import yaml

from schedrun.clock import SystemClock
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import RecordedJob
from schedrun.manifest.load import Loader
from schedrun.manifest.tree import FolderTree
from schedrun.protocols import RunContext
from schedrun.reconcile.reconciler import Reconciler
from schedrun.scheduler.declarations import SchedulerConfig
from schedrun.scheduler.engine import Engine
from schedrun.scheduler.live import LiveScheduler, ManifestSide
from tests.benchmarks.promise import Promise, report

FILES = 100
JOBS_A_FILE = 100
MOST_BYTES = 12 * 1024

_HEAD = """\
schedrun: v1
name: team-{file:03d}
labels: {{team: payments}}
defaults:
  timezone: Europe/Berlin
  timeout: 10m
jobs:
"""
_JOB = """\
  close-day-{job:03d}:
    description: Close yesterday's invoices
    owner: payments-oncall
    schedule: {{cron: "{minute} {hour} * * mon-fri"}}
    target: {{command: [./bin/close-day, --batch, "{job}"]}}
"""


def write_tree(folder: Path, *, files: int) -> None:
    """Write the manifests below `folder`."""
    folder.mkdir()
    for file in range(files):
        jobs = (_JOB.format(job=job, minute=(7 * job + file) % 60, hour=job % 24) for job in range(JOBS_A_FILE))
        (folder / f"team-{file:03d}.yaml").write_text(_HEAD.format(file=file) + "".join(jobs))


def resident_bytes() -> int:
    """Return the memory of this process that lies in RAM, with nothing left to collect."""
    gc.collect()
    kibibytes = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(kibibytes.split()[1]) * 1024


async def standing(folder: Path, *, state: Path | None) -> LiveScheduler:
    """Return a running scheduler that has applied the manifests of `folder`."""
    clock, loader = SystemClock(), Loader(FolderTree([folder]))
    reconcilers: list[Reconciler] = []  # kept as long as the scheduler, as the service keeps its own

    async def reconcile(engine: Engine) -> None:
        reconcilers.append(
            Reconciler(engine, load=loader.load, paths=[str(folder)], clock=clock, new_uid=lambda: str(uuid.uuid4()))
        )
        await reconcilers[0].reconcile()

    side = ManifestSide(execute=_nothing, before_firing=reconcile)
    live = LiveScheduler(SchedulerConfig(state=state), None, clock=clock, manifests=side)
    await live.start()
    return live


async def _nothing(_job: RecordedJob, _context: RunContext) -> Outcome:
    return Outcome()


async def in_service(folder: Path, *, state: str | None) -> float:
    """Return the bytes a job of a standing scheduler."""
    logging.getLogger("schedrun").setLevel(logging.ERROR)
    write_tree(folder / "few", files=1)
    write_tree(folder / "many", files=FILES)
    for name in ("few", "many"):
        before = resident_bytes()  # after the few, which load every module and fill every cache
        live = await standing(folder / name, state=None if state is None else folder / name / state / "state.db")
        cost = (resident_bytes() - before) / len(await live.jobs())
        await live.shutdown(drain=timedelta(0))
    return cost


def as_read(folder: Path) -> float:
    """Return the bytes a job of the plain documents."""
    write_tree(folder / "many", files=FILES)
    yaml.load("{}", Loader=yaml.CSafeLoader)
    before = resident_bytes()
    documents = [yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader) for path in (folder / "many").iterdir()]
    return (resident_bytes() - before) / sum(len(document["jobs"]) for document in documents)


def measure(variant: str) -> float:
    """Return the bytes a job of one variant, measured in this process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        match variant:
            case "floor":
                return as_read(folder)
            case "memory store":
                return asyncio.run(in_service(folder, state=None))
            case _:
                return asyncio.run(in_service(folder, state=".schedrun"))


def main() -> list[Promise]:
    """Print the table and return what it promises."""
    sys.stdout.write(f"{FILES * JOBS_A_FILE:,} cron jobs in {FILES} files: resident bytes a job\n")
    promises = []
    for variant in ("floor", "memory store", "sqlite store"):
        out = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.memory", variant], check=True, capture_output=True, text=True
        )
        cost = float(out.stdout)
        sys.stdout.write(f"  {variant:<16}{cost:>10,.0f}\n")
        if variant != "floor":
            promises.append(Promise(f"memory of a cron job, {variant}, bytes", cost, at_most=MOST_BYTES))
    return promises


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(str(measure(sys.argv[1])))
    else:
        report(main())
