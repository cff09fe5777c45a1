"""What applying a plan writes for a job that goes, is held, or comes back."""

import pytest

from schedrun.core.run.run import Run
from schedrun.core.spec.job import Job
from schedrun.core.status import RunKind, RunStatus
from tests.core.plan.builders import NOON, desired, job, row
from tests.reconcile.ledger import paused_by
from tests.reconcile.quarters import (
    CURSOR,
    KEY,
    NOW,
    UID,
    assert_planned_under_the_old_schedule,
    at,
    behind,
    fire_times,
    ledger,
    skipped,
)


class TestRemoval:
    """What was due is planned; the row becomes a tombstone."""

    def test_plans_what_was_due(self) -> None:
        """The latest fire still runs, its claim under the spec it came due with."""
        held = ledger(behind(), row("a/stays"))
        applied = held.reconcile(desired({"a/stays": job()}))
        assert_planned_under_the_old_schedule(held)
        assert (behind(cursor=NOON, removed_at=NOW), (UID,)) == (held.row(KEY), applied.disarm)
        assert [NOON] == [claim.run.fire_time for claim in applied.claims]

    def test_skips_what_was_due_while_paused(self) -> None:
        """A paused job runs nothing on its way out."""
        held = ledger(behind(job(paused=True)), row("a/stays"))
        held.reconcile(desired({"a/stays": job()}))
        assert ([], [skipped("paused by its manifest")]) == (held.runs(KEY), held.spans(KEY))

    def test_cancels_queued_runs_and_lets_running_ones_end(self) -> None:
        """A run that has begun finishes."""
        held = ledger(row(KEY, job(overlap="queue"), cursor=NOW), row("a/stays", cursor=NOW))
        held.insert(Run("begun", UID, at(11, 30), RunKind.SCHEDULED, RunStatus.RUNNING, CURSOR, 1))
        held.insert(Run("waits", UID, at(11, 45), RunKind.SCHEDULED, RunStatus.QUEUED, CURSOR))
        held.reconcile(desired({"a/stays": job()}))
        ends = [(run.id, run.status, run.error) for run in held.runs(KEY)]
        assert [
            ("begun", RunStatus.RUNNING, None),
            ("waits", RunStatus.CANCELLED, "its job was removed before it started"),
        ] == ends

    def test_ends_no_running_run_to_make_room(self) -> None:
        """What would have replaced it is cancelled with the job."""
        held = ledger(behind(job(overlap="replace"), cursor=at(11, 50)), row("a/stays", cursor=NOW))
        held.insert(Run("begun", UID, at(11, 45), RunKind.SCHEDULED, RunStatus.RUNNING, CURSOR, 1))
        applied = held.reconcile(desired({"a/stays": job()}))
        assert ((), ()) == (applied.cancel, applied.claims)
        assert [RunStatus.RUNNING, RunStatus.CANCELLED] == [run.status for run in held.runs(KEY)]


class TestComingBack:
    """A removed key that is declared again is the same job, from now on."""

    def test_takes_up_the_old_row(self) -> None:
        """Uid and override are the old ones, the time in between is nobody's."""
        pause = paused_by("ann", since=CURSOR)
        held = ledger(behind(removed_at=CURSOR, override=pause))
        applied = held.reconcile(desired({KEY: job()}))
        assert behind(cursor=NOW, override=pause) == held.row(KEY)
        assert ([], [], (held.row(KEY),)) == (held.runs(KEY), held.spans(KEY), applied.arm)

    def test_never_runs_an_instant_again(self) -> None:
        """Deleting a one-time job and writing it again does not repeat it."""
        spec = job(schedule={"at": "2026-07-01T12:00:00Z"})
        held = ledger(row(KEY, spec, cursor=CURSOR), row("a/stays", cursor=NOW))
        held.fire()
        held.reconcile(desired({"a/stays": job()}))
        held.reconcile(desired({"a/stays": job(), KEY: spec}))
        held.fire()
        assert ([NOON], []) == (fire_times(held.runs(KEY)), held.spans(KEY))

    def test_follows_a_clock_that_was_set_back_meanwhile(self) -> None:
        """An instant between clock and cursor still comes."""
        spec = job(schedule={"at": "2026-07-01T13:00:00Z"})
        held = ledger(row(KEY, cursor=at(15), removed_at=NOON))
        held.reconcile(desired({KEY: spec}))
        assert ([], NOW, None) == (held.spans(KEY), held.row(KEY).cursor, held.row(KEY).covered_until)
        held.now = at(13)
        held.fire()
        assert [at(13)] == fire_times(held.runs(KEY))

    def test_needs_a_plan_that_brings_it_back(self) -> None:
        """A plan from before the removal edits nothing that is gone."""
        held = ledger(row(KEY, cursor=NOW))
        plan = held.plan(desired({KEY: job(timeout="5m")}))
        held.put(row(KEY, cursor=NOW, removed_at=NOW))
        held.apply(plan)
        assert row(KEY, cursor=NOW, removed_at=NOW) == held.row(KEY)

    def test_misses_an_instant_that_passed_meanwhile(self) -> None:
        """While the job was removed nothing could run it."""
        spec = job(schedule={"at": "2026-07-01T12:00:00Z"})
        held = ledger(row(KEY, spec, cursor=CURSOR, removed_at=CURSOR))
        held.reconcile(desired({KEY: spec}))
        reason = "2026-07-01T12:00:00Z had passed when the job was declared again"
        assert [(NOON, reason)] == [(span.first, span.reason) for span in held.spans(KEY)]


class TestHolding:
    """A removal that the guard blocks leaves the job alive, and says so."""

    def test_marks_the_row_and_goes_on(self) -> None:
        """The job keeps firing; no timer is touched."""
        held = ledger(row(KEY, cursor=CURSOR))
        applied = held.reconcile(desired())
        reason = "the manifests declare no job at all any more"
        assert (row(KEY, cursor=CURSOR, held=reason), ()) == (held.row(KEY), applied.disarm)
        assert () == applied.changes
        held.fire()
        assert [NOON] == fire_times(held.runs(KEY))

    def test_tells_the_reason_of_today(self) -> None:
        """A job may be held for one reason and then for another."""
        held = ledger(row(KEY))
        held.reconcile(desired())
        held.reconcile(desired(broken=["b.yaml"]))
        assert "a broken file may still declare it: b.yaml" == held.row(KEY).held

    def test_applies_everything_else(self) -> None:
        """One blocked removal holds nothing else up."""
        held = ledger(row(KEY, job(remove="confirm")), row("a/two"))
        held.reconcile(desired({"a/two": job(timeout="5m"), "a/three": job()}))
        assert [KEY, "a/three", "a/two"] == [each.key for each in held.rows()]
        assert (job(timeout="5m"), True) == (held.row("a/two").spec, held.row(KEY).held is not None)

    def test_removes_once_confirmed(self) -> None:
        """The exact number lets go."""
        held = ledger(row(KEY))
        held.reconcile(desired())
        held.reconcile(desired(), allow_remove=1)
        assert (NOW, None) == (held.row(KEY).removed_at, held.row(KEY).held)

    @pytest.mark.parametrize("spec", [job(), job(timeout="5m")])
    def test_lets_go_when_the_job_is_declared_again(self, spec: Job) -> None:
        """With or without an edit."""
        held = ledger(row(KEY, held="too many"))
        held.reconcile(desired({KEY: spec}))
        assert held.row(KEY).held is None
