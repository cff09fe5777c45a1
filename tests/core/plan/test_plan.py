"""Desired against recorded: which change each job gets."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from schedrun.core.plan.change import Action, Change, FieldChange, Plan
from schedrun.core.plan.desired import DeclaredJob, Desired
from schedrun.core.plan.plan import make_plan
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.schedule import fires
from schedrun.core.spec import duration
from tests.core.plan.builders import NOON, code_row, declared, desired, finding, job, row

HOUR = timedelta(hours=1)
EARLIER, YESTERDAY = NOON - HOUR, NOON - timedelta(days=1)


def plan(wanted: Desired, recorded: Sequence[RecordedJob] = ()) -> Plan:
    """Plan at noon; a new job's uid is `new KEY`."""
    return make_plan(wanted, recorded, now=NOON, uids=lambda key: f"new {key}")


def only(made: Plan) -> Change:
    """Return the plan's only change."""
    (change,) = made.changes
    return change


def edited(**said: Any) -> Change:
    """Return the change of `a/one` from the plain job to one that says this."""
    return only(plan(desired({"a/one": job(**said)}), [row("a/one")]))


def test_creates_what_no_row_holds() -> None:
    """A job at first sight gets the uid that was given and names its place."""
    wanted = desired([declared("a/one", line=7)])
    change = only(plan(wanted))
    expected = (Action.CREATE, "new a/one", "new in jobs.yaml:7", None, wanted.jobs["a/one"])
    assert expected == (change.action, change.uid, change.reason, change.before, change.after)
    assert not change.revives


def test_asks_for_uids_only_at_first_sight() -> None:
    """Known jobs and tombstones keep theirs."""
    asked: list[str] = []

    def new_uid(key: str) -> str:
        asked.append(key)
        return f"new {key}"

    wanted = desired({"a/known": job(), "a/gone": job(), "a/new": job()})
    make_plan(wanted, [row("a/known"), row("a/gone", removed_at=EARLIER)], now=NOON, uids=new_uid)
    assert ["a/new"] == asked


def test_removes_what_no_manifest_declares() -> None:
    """The reason names where the job stood."""
    change = only(plan(desired(), [row("a/one")]))
    expected = (
        Action.REMOVE,
        "uid of a/one",
        "no manifest declares it any more (it stood in jobs.yaml:4)",
        None,
    )
    assert expected == (change.action, change.uid, change.reason, change.after)


def test_leaves_equal_jobs_alone() -> None:
    """An equal job is a noop that touches nothing."""
    change = only(plan(desired({"a/one": job()}), [row("a/one")]))
    assert (Action.NOOP, "unchanged", (), True) == (
        change.action,
        change.reason,
        change.fields,
        change.leaves_row,
    )


def test_rewrites_a_position_as_noop() -> None:
    """A new file or line alone is no change, yet the row is to be rewritten."""
    change = only(plan(desired([declared("a/one", file="b.yaml", line=9)]), [row("a/one")]))
    assert (Action.NOOP, "moved from jobs.yaml:4 to b.yaml:9") == (change.action, change.reason)
    assert not change.leaves_row


def test_lets_a_held_job_go_that_is_declared_again() -> None:
    """It is no removal any more, and the row's `held` is to be cleared."""
    change = only(plan(desired({"a/one": job()}), [row("a/one", held="too many at once")]))
    assert (Action.NOOP, False) == (change.action, change.leaves_row)


@pytest.mark.parametrize(
    ("expected", "reason", "said"),
    [
        pytest.param(Action.UPDATE, "timeout changed", {"timeout": "5m"}, id="a field"),
        pytest.param(
            Action.UPDATE,
            "description, kill_after, labels.a and 2 more changed",
            {"description": "d", "kill_after": "1s", "labels": {"a": "b"}, "owner": "o", "timeout": "5m"},
            id="many fields",
        ),
        pytest.param(Action.PAUSE, "paused by its manifest", {"paused": True}, id="a pause"),
        pytest.param(
            Action.PAUSE,
            "paused by its manifest until 2026-12-15T00:00:00Z: outage",
            {"paused": {"reason": "outage", "until": "2026-12-15T00:00:00Z"}},
            id="a pause with reason and end",
        ),
        pytest.param(
            Action.UPDATE,
            "paused, timeout changed",
            {"paused": True, "timeout": "5m"},
            id="a pause among other edits",
        ),
    ],
)
def test_names_the_edit(expected: Action, reason: str, said: dict[str, Any]) -> None:
    """The first action that applies names the change, its fields list the rest."""
    change = edited(**said)
    assert (expected, reason) == (change.action, change.reason)


@pytest.mark.parametrize(
    ("expected", "before", "after"),
    [
        pytest.param(Action.RESUME, True, False, id="taken away"),
        pytest.param(Action.UPDATE, True, {"reason": "outage"}, id="another reason"),
    ],
)
def test_names_the_end_of_a_pause(expected: Action, before: Any, after: Any) -> None:
    """Only a pause that is gone is a resume."""
    assert expected is only(plan(desired({"a/one": job(paused=after)}), [row("a/one", job(paused=before))])).action


def test_says_whether_fire_times_move() -> None:
    """Apply must know whether the cursor starts anew."""
    assert edited(schedule={"every": "20m"}).schedule_changed
    assert not edited(timeout="5m").schedule_changed
    assert not edited(expect=[{"never_on": ["sat"]}]).schedule_changed


class TestRenames:
    """`moved_from` moves a row while there is one to move."""

    @pytest.mark.parametrize("old", ["one", "a/one"])
    def test_moves_the_row(self, old: str) -> None:
        """The row is the old one, under either way to name it; the rename itself is no field."""
        before = row("a/one")
        change = only(plan(desired({"a/two": job(moved_from=old)}), [before]))
        expected = (Action.MOVE, "uid of a/one", "renamed from a/one", before, ())
        assert expected == (change.action, change.uid, change.reason, change.before, change.fields)

    def test_moves_across_sets(self) -> None:
        """`set/old` names a job of another set."""
        change = only(plan(desired({"b/one": job(moved_from="a/one")}), [row("a/one")]))
        assert (Action.MOVE, "uid of a/one") == (change.action, change.uid)

    def test_lists_what_else_changed(self) -> None:
        """A rename with an edit is one change."""
        change = only(plan(desired({"a/two": job(moved_from="one", timeout="5m")}), [row("a/one")]))
        assert (Action.MOVE, "renamed from a/one; timeout changed") == (change.action, change.reason)
        assert ["timeout"] == [field.path for field in change.fields]

    def test_shows_how_the_delay_inside_a_spread_moves(self) -> None:
        """The offset comes from the key."""
        schedule = {"every": "2h", "spread": "1h"}
        before, after = job(schedule=schedule), job(schedule=schedule, moved_from="one")
        change = only(plan(desired({"a/two": after}), [row("a/one", before)]))
        old, new = (duration.text_of(fires.of(before, key=key).offset) for key in ("a/one", "a/two"))
        assert (FieldChange("schedule.spread.offset", old, new),) == change.fields
        assert f"renamed from a/one; its delay inside the spread moves from {old} to {new}" == change.reason
        assert not change.schedule_changed

    def test_shows_no_delay_that_stays(self) -> None:
        """A spread of nothing delays by nothing under either name."""
        schedule = {"every": "2h", "spread": "1ms"}
        wanted = desired({"a/two": job(schedule=schedule, moved_from="one")})
        assert () == only(plan(wanted, [row("a/one", job(schedule=schedule))])).fields

    def test_is_a_noop_once_done(self) -> None:
        """It may stay in the manifest."""
        spec = job(moved_from="one")
        assert Action.NOOP is only(plan(desired({"a/two": spec}), [row("a/two", spec)])).action

    def test_leaves_both_rows_when_the_new_key_is_live(self) -> None:
        """The old row is then a removal like any other."""
        spec = job(moved_from="one")
        made = plan(desired({"a/two": spec}), [row("a/one"), row("a/two", spec)])
        assert [("a/one", Action.REMOVE), ("a/two", Action.NOOP)] == [(c.job, c.action) for c in made.changes]

    def test_brings_back_the_tombstone_of_the_old_key(self) -> None:
        """A job that was removed and comes back under a new name keeps uid and history."""
        change = only(plan(desired({"a/two": job(moved_from="one")}), [row("a/one", removed_at=EARLIER)]))
        assert (Action.MOVE, "uid of a/one", True) == (change.action, change.uid, change.revives)
        assert change.schedule_changed

    def test_prefers_the_live_old_row_to_its_own_tombstone(self) -> None:
        """What fires today under the old name goes on under the new one."""
        recorded = [row("a/one"), row("a/two", removed_at=EARLIER)]
        change = only(plan(desired({"a/two": job(moved_from="one")}), recorded))
        assert (Action.MOVE, "uid of a/one") == (change.action, change.uid)

    def test_prefers_its_own_tombstone_to_the_old_one(self) -> None:
        """The key that comes back is itself, not what it was once renamed from."""
        recorded = [row("a/one", removed_at=EARLIER), row("a/two", removed_at=EARLIER)]
        change = only(plan(desired({"a/two": job(moved_from="one")}), recorded))
        assert (Action.CREATE, "uid of a/two", True) == (change.action, change.uid, change.revives)

    def test_creates_where_nothing_can_move(self) -> None:
        """Without a row under the old key the job is new."""
        assert Action.CREATE is only(plan(desired({"a/two": job(moved_from="one")}))).action

    def test_moves_a_row_once(self) -> None:
        """Of two jobs that claim one row the first has it; no row belongs to two changes."""
        wanted = desired({"a/three": job(moved_from="one"), "a/two": job(moved_from="one")})
        made = plan(wanted, [row("a/one")])
        assert [Action.MOVE, Action.CREATE] == [change.action for change in made.changes]

    def test_never_takes_the_row_of_a_declared_job(self) -> None:
        """While the old id stands in the manifests its row is its own."""
        made = plan(desired({"a/one": job(), "a/two": job(moved_from="one")}), [row("a/one")])
        assert [Action.NOOP, Action.CREATE] == [change.action for change in made.changes]


class TestTombstones:
    """A removed key that comes back is the same job."""

    def test_brings_back_the_row(self) -> None:
        """It is a creation with the old uid."""
        change = only(plan(desired({"a/one": job()}), [row("a/one", removed_at=EARLIER)]))
        assert (Action.CREATE, "uid of a/one", True) == (change.action, change.uid, change.revives)

    @pytest.mark.parametrize("order", [1, -1])
    def test_takes_the_newest(self, order: int) -> None:
        """A key may have been given up twice; the order of the rows does not matter."""
        old, new = (row("a/one", uid=str(at), removed_at=at) for at in (YESTERDAY, EARLIER))
        assert str(EARLIER) == only(plan(desired({"a/one": job()}), [old, new][::order])).uid

    def test_ignores_them_otherwise(self) -> None:
        """A tombstone is neither removed again nor counted."""
        assert () == plan(desired(), [row("a/one", removed_at=EARLIER)]).changes


class TestBrokenFiles:
    """The rows of a broken file are its last good state."""

    def test_keeps_the_jobs_of_a_broken_file(self) -> None:
        """They get no change at all; the file's errors are findings."""
        made = plan(desired(broken=["jobs.yaml"]), [row("a/one")])
        assert ((), (finding("jobs.yaml"),)) == (made.changes, made.findings)

    @pytest.mark.parametrize("folder", ["jobs", "jobs/"])
    def test_keeps_the_jobs_below_a_broken_folder(self, folder: str) -> None:
        """A folder that could not be listed tells nothing about its files."""
        recorded = [row("a/in", file="jobs/a.yaml"), row("a/out", file="jobs2/a.yaml")]
        assert ["a/out"] == [change.job for change in plan(desired(broken=[folder]), recorded).changes]

    def test_follows_a_good_file_that_declares_the_job(self) -> None:
        """What a good file says holds, whatever the row's file has become."""
        wanted = desired([declared("a/one", job(timeout="5m"), file="good.yaml")], broken=["jobs.yaml"])
        assert Action.UPDATE is only(plan(wanted, [row("a/one")])).action

    def test_removes_the_jobs_of_other_files(self) -> None:
        """Whether that may go ahead is the guard's to say."""
        assert Action.REMOVE is only(plan(desired(broken=["other.yaml"]), [row("a/one")])).action


def test_only_counts_code_jobs() -> None:
    """What the application declared is never touched."""
    made = plan(desired(), [code_row("heartbeat"), code_row("old")._replace(removed_at=EARLIER)])
    assert ((), 1) == (made.changes, made.code_jobs)


def test_shows_every_override_that_holds() -> None:
    """Under the key the job will have; expired ones and those of removed rows are left out."""
    pause = Override("vendor outage", "ann", EARLIER)
    recorded = [
        row("a/one", override=pause),
        row("a/two", override=replace(pause, until=NOON + HOUR)),
        row("a/three", override=replace(pause, until=NOON)),
        row("a/gone", override=pause, removed_at=EARLIER),
    ]
    wanted = desired({"a/new": job(moved_from="one"), "a/two": job(), "a/three": job()})
    expected = (("a/new", pause), ("a/two", replace(pause, until=NOON + HOUR)))
    assert expected == plan(wanted, recorded).overrides


def test_orders_changes_by_key() -> None:
    """Removals stand among the rest."""
    made = plan(desired({"c/one": job(), "a/one": job()}), [row("b/one")])
    assert ["a/one", "b/one", "c/one"] == [change.job for change in made.changes]


def test_compares_identical_specs_without_reading_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was not read again costs nothing more than its jobs' names."""
    spec = job()

    def read(*_: object) -> bool:
        raise AssertionError("the spec was compared field by field")

    monkeypatch.setattr(type(spec), "__eq__", read)
    wanted = Desired({"a/one": DeclaredJob("a/one", declared("a/one").position, spec)}, "r2")
    assert Action.NOOP is only(plan(wanted, [row("a/one", spec)])).action
