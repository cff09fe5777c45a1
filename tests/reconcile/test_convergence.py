"""Random edits, pauses, crashes and passing time: what must hold after every reconcile, whatever came before."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schedrun.core.ids import JobKey
from schedrun.core.plan.change import Plan
from schedrun.core.plan.desired import DeclaredJob, Desired
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.spec.job import Job
from schedrun.core.status import RunKind
from tests.core.plan.builders import NOON, declared, finding, job
from tests.reconcile.ledger import Crash, Ledger, paused_by

KEYS = st.sampled_from([f"{name}/{number}" for name in "ab" for number in range(5)])
FILES = ("a.yaml", "b.yaml")
SPECS = st.builds(
    lambda schedule, paused, more: job(schedule=schedule, paused=paused, **more),
    st.sampled_from(
        [
            {"every": "7m"},
            {"every": "7m", "spread": "20m"},
            {"cron": "*/10 * * * *"},
            {"at": "2026-07-01T13:00:00Z"},
            {"at": "2026-07-01T11:00:00Z"},
            {"every": "5m", "start": "2026-07-01T13:00:00Z", "end": "2026-07-01T14:00:00Z"},
        ]
    ),
    st.sampled_from([False, False, True, {"until": "2026-07-01T13:10:00Z"}]),
    st.sampled_from(
        [
            {},
            {"overlap": "queue", "misfire": {"catch_up": "all"}},
            {"overlap": "replace"},
            {"misfire": {"grace": "6m"}},
            {"remove": "confirm"},
        ]
    ),
)


class Manifests(RuleBasedStateMachine):
    """A tree of two files that people edit, beside a service that reconciles now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger(NOON)
        self.tree: dict[JobKey, DeclaredJob] = {}
        self.broken: set[str] = set()
        self.revision = 0
        self.cursors: dict[str, datetime] = {}
        self.clock_set_back = False

    @initialize(specs=st.dictionaries(KEYS, SPECS, max_size=6))
    def begin(self, specs: dict[JobKey, Job]) -> None:
        """Start with some jobs that are applied already."""
        for key, spec in specs.items():
            self.write(key=key, spec=spec, file=FILES[0])
        self.reconcile(confirmed=False)

    @rule(key=KEYS, spec=SPECS, file=st.sampled_from(FILES))
    def write(self, key: JobKey, spec: Job, file: str) -> None:
        """Declare a job, or declare it otherwise or elsewhere."""
        self.tree[key] = declared(key, spec, file=file)

    @precondition(lambda self: self.tree)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        """Take a job out of the manifests."""
        del self.tree[data.draw(st.sampled_from(sorted(self.tree)))]

    @precondition(lambda self: self.tree)
    @rule(data=st.data(), new=KEYS)
    def rename(self, data: st.DataObject, new: JobKey) -> None:
        """Give a job another key and say what it was."""
        old = data.draw(st.sampled_from(sorted(self.tree)))
        claimed = any(declaration.spec.moved_from == old for declaration in self.tree.values())
        if new not in self.tree and not claimed:
            moved = self.tree.pop(old)
            spec = moved.spec.model_copy(update={"moved_from": old})
            self.tree[new] = replace(moved, key=new, spec=spec)

    @rule(file=st.sampled_from(FILES))
    def break_or_mend(self, file: str) -> None:
        """Make a file unreadable, or readable again."""
        self.broken ^= {file}

    @rule(minutes=st.integers(1, 45))
    def pass_time(self, minutes: int) -> None:
        """Let the clock go on without anyone acting: downtime."""
        self.ledger.pass_time(minutes=minutes)

    @rule(minutes=st.integers(1, 60))
    def set_clock_back(self, minutes: int) -> None:
        """Set the clock to what it was before."""
        self.ledger.pass_time(minutes=-minutes)
        self.clock_set_back = True

    @rule()
    def fire(self) -> None:
        """Plan what is due."""
        self.ledger.fire()

    @rule()
    def finish(self) -> None:
        """Let all runs end."""
        self.ledger.finish_all()

    @rule(key=KEYS, minutes=st.none() | st.integers(1, 30))
    def pause(self, key: JobKey, minutes: int | None) -> None:
        """Let a person pause a job, after what was due is planned."""
        self.ledger.fire()
        until = None if minutes is None else self.ledger.now + timedelta(minutes=minutes)
        for row in self.ledger.rows():
            if row.key == key and row.override is None:
                pause = paused_by("ann", since=self.ledger.now, until=until)
                self.ledger.put(row._replace(override=pause))

    @rule(crash_at=st.integers(0, 40))
    def crash(self, crash_at: int) -> None:
        """Begin to reconcile and end in the middle."""
        before = self.ledger.everything()
        plan = self.plan(confirmed=False)
        try:
            self.ledger.apply(plan, crash_at=crash_at)
        except Crash:
            assert before == self.ledger.everything()

    @rule(confirmed=st.booleans())
    def reconcile(self, confirmed: bool) -> None:
        """Apply the manifests: rows match them, and nothing is left to do."""
        plan = self.plan(confirmed=confirmed)
        overrides = {row.uid: row.override for row in self.ledger.rows(tombstones=True)}
        self.ledger.apply(plan)
        self.assert_rows_match(plan)
        self.assert_overrides_only_expire(overrides)
        self.assert_nothing_left(confirmed=confirmed)

    @invariant()
    def every_occurrence_has_at_most_one_verdict(self) -> None:
        """No run lies in a span, no two spans overlap."""
        for row in self.ledger.rows(tombstones=True):
            scheduled = [run for run in self.ledger.runs(row.key) if run.kind is RunKind.SCHEDULED]
            verdicts = sorted(
                [(run.job_uid, run.fire_time, run.fire_time) for run in scheduled]
                + [(span.job_uid, span.first, span.last) for span in self.ledger.spans(row.key)]
            )
            for (uid, _, end), (next_uid, begin, _) in pairwise(verdicts):
                assert uid != next_uid or end < begin

    @invariant()
    def cursors_go_back_only_with_the_clock(self) -> None:
        """Compare with the last look; a row whose cursor went back remembers how far verdicts reach."""
        for row in self.ledger.rows(tombstones=True):
            if row.cursor < self.cursors.get(row.uid, row.cursor):
                assert self.clock_set_back
            reached = [run.fire_time for run in self.ledger.runs(row.key) if self.planned(run, row)]
            reached += [span.last for span in self.ledger.spans(row.key) if span.job_uid == row.uid]
            assert max(reached, default=row.cursor) <= max(row.cursor, row.covered_until or row.cursor)
            self.cursors[row.uid] = row.cursor

    @staticmethod
    def planned(run: Run, row: RecordedJob) -> bool:
        """Whether the run is that of an occurrence of the row."""
        return run.kind is RunKind.SCHEDULED and run.job_uid == row.uid

    def desired(self) -> Desired:
        """Return what loading the tree gives."""
        self.revision += 1
        good = {key: declaration for key, declaration in self.tree.items() if not self.is_broken(declaration)}
        return Desired(good, f"r{self.revision}", {file: (finding(file),) for file in sorted(self.broken)})

    def is_broken(self, declaration: DeclaredJob) -> bool:
        """Whether the file of the declaration is unreadable."""
        return declaration.position.file in self.broken

    def plan(self, *, confirmed: bool) -> Plan:
        """Plan, confirming the removals there are or none."""
        wanted = self.desired()
        plan = self.ledger.plan(wanted)
        return self.ledger.plan(wanted, allow_remove=len(plan.removals)) if confirmed else plan

    def assert_rows_match(self, plan: Plan) -> None:
        """Live rows are what good files declare, and what is blocked or broken as it was."""
        live = {row.key: row for row in self.ledger.rows()}
        waiting = {change.job for change in plan.blocked}
        for key, declaration in self.desired().jobs.items():
            if key not in waiting:
                assert says(live.pop(key), declaration)
        for row in live.values():
            assert row.key in waiting or row.file in self.broken or self.moves_later(plan, row)
            assert (row.held is not None) <= (row.key in waiting or row.file in self.broken)

    @staticmethod
    def moves_later(plan: Plan, row: RecordedJob) -> bool:
        """Whether a blocked rename will take this row."""
        return any(change.before is not None and change.before.uid == row.uid for change in plan.blocked)

    def assert_overrides_only_expire(self, before: Mapping[str, object]) -> None:
        """Reconciling never lifts a pause that a person laid over a job."""
        for row in self.ledger.rows(tombstones=True):
            old = before.get(row.uid)
            assert row.override == old or row.override is None

    def assert_nothing_left(self, *, confirmed: bool) -> None:
        """Pass again: it finds every row as it should be and writes the sync row alone."""
        plan = self.plan(confirmed=confirmed)
        assert all(change.leaves_row for change in plan.changes)
        again = self.ledger.apply(plan)
        assert self.ledger.watched is not None
        assert (["put_sync"], (), ()) == (self.ledger.watched.writes, again.arm, again.disarm)


def says(row: RecordedJob, declaration: DeclaredJob) -> bool:
    """Whether the row is what the manifest declares."""
    place = (declaration.position.file, declaration.position.line)
    return (row.spec, row.file, row.line, row.held) == (declaration.spec, *place, None)


TestManifests = Manifests.TestCase
TestManifests.settings = settings(max_examples=60, stateful_step_count=25)
