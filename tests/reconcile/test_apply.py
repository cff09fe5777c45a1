"""What one unit of work leaves alone, what it says about itself, and that doing it again does nothing."""

from schedrun.core.run.recorded import BlockedRemoval, SyncRecord
from tests.core.plan.builders import NOON, code_row, desired, finding, job, row
from tests.reconcile.quarters import KEY, NOW, behind, ledger


def test_leaves_broken_files_alone() -> None:
    """The rows of a broken file are its last good state."""
    held = ledger(behind())
    held.reconcile(desired(broken=["jobs.yaml"]))
    assert [behind()] == held.rows()


def test_leaves_code_jobs_alone() -> None:
    """Applications own what they declare."""
    held = ledger(code_row("heartbeat"))
    held.reconcile(desired({KEY: job()}))
    assert code_row("heartbeat") == held.row("heartbeat")


class TestSyncRow:
    """Every reconcile says what it attempted and what of it holds."""

    def test_records_a_whole_revision(self) -> None:
        """Nothing is broken, nothing is held back."""
        held = ledger()
        held.reconcile(desired({KEY: job()}, revision="abc"))
        assert SyncRecord(("jobs",), "abc", "abc", NOW) == held.everything()[-1]

    def test_keeps_the_last_whole_revision(self) -> None:
        """A revision of which something is broken or blocked is attempted only."""
        held = ledger()
        held.reconcile(desired({KEY: job()}, revision="good"))
        held.reconcile(desired({"b/one": job()}, broken=["x.yaml"], revision="bad"))
        reason = "a broken file may still declare it: x.yaml"
        blocked = (BlockedRemoval(KEY, reason),)
        assert SyncRecord(("jobs",), "bad", "good", NOW, (finding("x.yaml"),), blocked) == held.everything()[-1]


def test_a_second_pass_writes_only_the_sync_row() -> None:
    """And calls no timer."""
    held = ledger(behind(job(remove="confirm")), row("a/moved"), row("a/edited"), row("a/gone", removed_at=NOON))
    spec = job(moved_from="moved")
    wanted = desired({"b/new": job(), "a/renamed": spec, "a/edited": job(timeout="5m"), "a/gone": job()})
    held.reconcile(wanted)
    again = held.reconcile(wanted)
    assert held.watched is not None
    assert (["put_sync"], (), (), ()) == (held.watched.writes, again.changes, again.arm, again.disarm)


def test_applying_one_plan_twice_changes_nothing() -> None:
    """A plan whose answer was lost may be applied again."""
    held = ledger(behind(), row("a/gone"), row("a/old"))
    specs = {
        KEY: job(schedule={"every": "20m"}),
        "a/new": job(moved_from="old"),
        "b/one": job(),
        "b/two": job(),
    }
    plan = held.plan(desired(specs))
    held.apply(plan)
    after_one = held.everything()
    again = held.apply(plan)
    assert after_one == held.everything()
    assert ((), (), (), ()) == (again.changes, again.arm, again.disarm, again.claims)
