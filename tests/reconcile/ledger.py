"""A ledger that is driven by hand: desired states go in, rows, runs and spans are looked at."""

from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from schedrun.core.plan import guard
from schedrun.core.plan.change import Plan
from schedrun.core.plan.desired import Desired
from schedrun.core.plan.plan import make_plan
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunStatus
from schedrun.protocols import Transaction
from schedrun.reconcile.apply import Applied, apply
from schedrun.scheduler.planning import Planner, Work
from schedrun.stores.memory import MemoryStore

T = TypeVar("T")

WRITES = frozenset(
    {
        "add_event",
        "cut_span",
        "drop_lateness",
        "finish_run",
        "insert_run",
        "insert_span",
        "move_cursor",
        "move_retry",
        "put_job",
        "put_lateness",
        "put_request",
        "put_session",
        "put_sync",
        "start_run",
    }
)


class Crash(Exception):  # noqa: N818  it stands for a process that ends
    """The process ended here."""


class Watched:
    """A transaction that lists every call, and crashes before call number `crash_at` (from 0)."""

    def __init__(self, tx: Transaction, *, crash_at: int | None = None) -> None:
        self._tx, self._crash_at = tx, crash_at
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._tx, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if len(self.calls) == self._crash_at:
                raise Crash
            self.calls.append(name)
            return method(*args, **kwargs)

        return call

    @property
    def writes(self) -> list[str]:
        """The calls that changed something."""
        return [name for name in self.calls if name in WRITES]


class Ledger:
    """A memory store, and a clock that stands where it was put."""

    def __init__(self, now: datetime, *, keep: int = 10_000) -> None:
        self.now = now
        self.store = MemoryStore(keep=keep)
        self.planner = Planner()
        self.watched: Watched | None = None
        self._uids = 0

    def plan(self, wanted: Desired, *, allow_remove: int | None = None) -> Plan:
        """Plan and judge against the rows of this moment."""
        recorded = at_once(self.store.read(lambda reader: reader.jobs(tombstones=True)))
        plan = make_plan(wanted, recorded, now=self.now, uids=self._new_uid)
        return guard.check(plan, wanted, recorded=recorded, allow_remove=allow_remove)

    def apply(self, plan: Plan, *, crash_at: int | None = None) -> Applied:
        """Apply in one unit, crashing before call `crash_at`; `watched` holds the calls."""

        def unit(tx: Transaction) -> Applied:
            self.watched = Watched(tx, crash_at=crash_at)
            seen = cast("Transaction", self.watched)
            return apply(seen, plan, planner=self.planner, paths=["jobs"], now=self.now)

        return at_once(self.store.write(unit))

    def reconcile(self, wanted: Desired, *, allow_remove: int | None = None) -> Applied:
        """Plan, judge and apply."""
        return self.apply(self.plan(wanted, allow_remove=allow_remove))

    def pass_time(self, **delta: float) -> None:
        """Move the clock."""
        self.now += timedelta(**delta)

    def fire(self) -> Work:
        """Plan what is due of every job, as the dispatcher does."""
        uids = [row.uid for row in self.rows()]
        return at_once(self.store.write(lambda tx: self.planner.plan_all(tx, dict.fromkeys(uids, True), now=self.now)))

    def finish_all(self) -> None:
        """End every running run well."""

        def unit(tx: Transaction) -> None:
            for run in tx.active_runs():
                if run.status is RunStatus.RUNNING:
                    done = RunStatus.SUCCEEDED
                    tx.finish_run(run.id, attempt=run.attempt, status=done, at=self.now, outcome=Outcome())

        at_once(self.store.write(unit))

    def put(self, row: RecordedJob) -> None:
        """Write a row."""
        at_once(self.store.write(lambda tx: tx.put_job(row)))

    def insert(self, run: Run) -> None:
        """Record a run."""
        at_once(self.store.write(lambda tx: tx.insert_run(run)))

    def rows(self, *, tombstones: bool = False) -> Sequence[RecordedJob]:
        """Return the rows ordered by key."""
        return at_once(self.store.read(lambda reader: reader.jobs(tombstones=tombstones)))

    def row(self, key: str) -> RecordedJob:
        """Return the row of `key`, tombstones included."""
        found = at_once(self.store.read(lambda reader: reader.job_by_key(key)))
        assert found is not None
        return found

    def runs(self, key: str) -> list[Run]:
        """Return the runs of `key`, oldest first."""
        return list(reversed(at_once(self.store.read(lambda reader: reader.runs(key=key, limit=10_000)))))

    def spans(self, key: str) -> list[Span]:
        """Return the spans of `key`, oldest first."""
        return list(reversed(at_once(self.store.read(lambda reader: reader.spans(key=key, limit=10_000)))))

    def everything(self) -> tuple[object, ...]:
        """Return all that is recorded, to compare."""
        return at_once(
            self.store.read(
                lambda reader: (
                    tuple(reader.jobs(tombstones=True)),
                    tuple(reader.runs(limit=10_000)),
                    tuple(reader.spans(limit=10_000)),
                    tuple(reader.events(limit=10_000)),
                    reader.sync(),
                )
            )
        )

    def _new_uid(self, key: str) -> str:
        self._uids += 1
        return f"uid {self._uids} of {key}"


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    raise AssertionError("the coroutine waits for something")


def paused_by(who: str, *, since: datetime, until: datetime | None = None) -> Override:
    """Return the pause of a person."""
    return Override("maintenance", who, since, until)
