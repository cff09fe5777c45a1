"""A service by hand on a real state: what it writes statement by statement, and what is left if it ends between two."""

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from schedrun.core.plan import guard
from schedrun.core.plan.desired import Desired
from schedrun.core.plan.plan import make_plan
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.retention import Retention
from schedrun.core.status import RunStatus
from schedrun.protocols import Transaction
from schedrun.reconcile.apply import apply
from schedrun.scheduler import recovery
from schedrun.scheduler.planning import Claim, Planner
from schedrun.scheduler.pruning import Pruning
from schedrun.stores.connection import open_for_writing
from schedrun.stores.jobs import JobCache
from schedrun.stores.memory import MemoryStore
from schedrun.stores.writer import Unit, Writer
from schedrun.stores.writing import SqlTransaction
from tests.core.plan.builders import desired, job
from tests.virtual import VirtualClock

T = TypeVar("T")
BEGIN = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Statements:
    """A connection that calls `before(statement)` in front of each one."""

    def __init__(self, connection: sqlite3.Connection, before: Callable[[str], None]) -> None:
        self._connection, self._before = connection, before

    def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
        self._before(statement)
        return self._connection.execute(statement, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@dataclass
class Witness:
    """What was really started: run and attempt, in order."""

    started: list[tuple[str, int]] = field(default_factory=list)


class Process:
    """One process: it opens the state, recovers what the last one left, and does the steps of a script."""

    def __init__(
        self, state: Path, witness: Witness, *, before: Callable[[str], None] = lambda _: None, pages: int | None = None
    ) -> None:
        connection = open_for_writing(state, probe=True)
        connection.execute("PRAGMA synchronous = OFF")  # the machine does not end, only the process
        if pages is not None:
            connection.execute(f"PRAGMA cache_size = {pages}")
        watched: Any = Statements(connection, before)
        self._writer = Writer(watched, SqlTransaction(watched, JobCache()), state)
        self._planner = Planner(roll=lambda: 0.5)
        self._witness = witness
        self._running: dict[str, Claim] = {}

    def write(self, unit: Callable[[Transaction], T]) -> T:
        """Write the unit as the writer does, and return once it is committed."""
        work = Unit(unit, None)  # type: ignore[arg-type]  # nobody waits on another thread
        self._writer._write([work])
        if work.error is not None:
            raise work.error
        result: T = work.result
        return result

    def recover(self, now: datetime) -> None:
        self.write(lambda tx: recovery.recover(tx, planner=self._planner, now=now))

    def apply(self, wanted: Desired, now: datetime) -> None:
        recorded = self.write(lambda tx: tx.jobs(tombstones=True))
        plan = make_plan(wanted, recorded, now=now, uids=lambda key: f"uid of {key}")
        plan = guard.check(plan, wanted, recorded=recorded, allow_remove=None)
        applied = self.write(lambda tx: apply(tx, plan, planner=self._planner, paths=["jobs"], now=now))
        self._start(applied.claims)

    def fire(self, now: datetime) -> None:
        """Start what waits, then plan what is due, as a start and a resync do."""
        uids = [row.uid for row in self.write(lambda tx: tx.jobs())]
        for fires_too in (False, True):
            due = dict.fromkeys(uids, fires_too)
            work = self.write(lambda tx: self._planner.plan_all(tx, due, now=now))  # noqa: B023  called at once
            self._start(work.claims)

    def end(self, now: datetime) -> None:
        """End what runs, each in a unit of its own; first attempts of `again` fail."""
        while self._running:
            claim = self._running.pop(next(iter(self._running)))
            fails = claim.job.key == "s/again" and claim.run.attempt == 1
            status = RunStatus.FAILED if fails else RunStatus.SUCCEEDED
            outcome = Outcome(exit_code=int(fails), error="exit code 1" if fails else None, output="said\n" * 50)

            finish = partial(self._planner.finish, claim=claim, status=status, outcome=outcome, now=now)
            self._start(self.write(finish).claims)

    def prune(self, now: datetime) -> None:
        """Forget all but the newest two runs and spans of each job that fires often."""
        pruning = Pruning(MemoryStore(), Retention(None, 2), clock=VirtualClock(now))
        uids = [row.uid for row in self.write(lambda tx: tx.jobs(tombstones=True)) if row.key == "s/often"]
        self.write(lambda tx: pruning._prune_jobs(tx, uids=uids))

    @property
    def idle(self) -> bool:
        """Whether nothing runs or waits any more."""
        return not self._running and not self.write(lambda tx: tx.active_runs())

    def close(self) -> None:
        self._writer.finish()

    def _start(self, claims: Sequence[Claim]) -> None:
        for claim in claims:
            self._witness.started.append((claim.run.id, claim.run.attempt))
            self._running[claim.run.id] = claim


RETRIED = {"max": 4, "backoff": "20s"}
FIRST = desired(
    {
        "s/often": job(schedule={"every": "10s"}, retries=RETRIED, misfire={"grace": "1m", "catch_up": "latest"}),
        "s/again": job(schedule={"every": "1m"}, retries=RETRIED, overlap="queue"),
        "s/all": job(schedule={"every": "30s"}, misfire={"catch_up": "all", "catch_up_limit": 4}, overlap="allow"),
        "s/goes": job(schedule={"every": "30s"}, overlap="queue"),
        "s/once": job(schedule={"at": "2026-07-01T12:01:00Z"}),
        "s/pauses": job(schedule={"every": "20s"}),
    }
)
SECOND = desired(
    {
        "s/often": job(schedule={"every": "10s"}, retries=RETRIED, misfire={"grace": "30s", "catch_up": "latest"}),
        "s/again": job(schedule={"every": "50s"}, retries=RETRIED, overlap="queue"),
        "s/all": job(schedule={"every": "30s"}, misfire={"catch_up": "all", "catch_up_limit": 4}, overlap="allow"),
        "s/once": job(schedule={"at": "2026-07-01T12:01:00Z"}),
        "s/pauses": job(schedule={"every": "20s"}, paused=True),
        "s/new": job(schedule={"every": "15s"}, overlap="forbid"),
    },
    revision="r3",
)

Step = tuple[datetime, Callable[[Process, datetime], None]]


def after(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


SCRIPT: tuple[Step, ...] = (
    (after(0), lambda process, now: process.apply(FIRST, now)),
    (after(30), Process.fire),
    (after(40), Process.fire),
    (after(41), Process.end),
    (after(60), Process.fire),
    (after(61), Process.end),
    (after(90), Process.fire),
    (after(120), Process.fire),
    (after(121), lambda process, now: process.apply(SECOND, now)),
    (after(122), Process.end),
    (after(125), Process.prune),
    (after(400), Process.fire),
    (after(401), Process.end),
    (after(410), Process.fire),
    (after(411), Process.end),
    (after(412), Process.prune),
)
"""Plan and claim, ends with and without a retry, first sight, edit, pause and removal, downtime, forgetting."""


def play(process: Process, *, begin: int = 0) -> None:
    """Do the steps from number `begin` on, then go on until nothing runs or waits."""
    for now, step in SCRIPT[begin:]:
        step(process, now)
    now = SCRIPT[-1][0]
    while not process.idle:
        now += timedelta(seconds=30)
        assert now < after(3_600)
        due = dict.fromkeys((row.uid for row in process.write(lambda tx: tx.jobs())), False)
        work = process.write(lambda tx: process._planner.plan_all(tx, due, now=now))  # noqa: B023  called at once
        process._start(work.claims)
        process.end(now)


@dataclass(frozen=True)
class Image:
    """What lay on disk in front of a statement: in which step, and what had been started by then."""

    state: Path
    step: int
    statement: str
    started: tuple[tuple[str, int], ...]


def copy(state: Path, folder: Path) -> Path:
    """Copy database and log as they are now; the index is the living process's own."""
    folder.mkdir(mode=0o700)
    for suffix in ("", "-wal"):
        file = state.with_name(state.name + suffix)
        if file.exists():
            shutil.copyfile(file, folder / file.name)
    return folder / state.name
