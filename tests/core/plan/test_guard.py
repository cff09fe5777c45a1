"""What the removal guard holds back, and how it is told to let go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.plan import guard
from schedrun.core.plan.change import Plan
from schedrun.core.plan.desired import Desired
from schedrun.core.plan.guard import NotHeldBackError, RemovalCountError
from schedrun.core.plan.plan import make_plan
from schedrun.core.run.recorded import RecordedJob
from tests.core.plan.builders import NOON, code_row, declared, desired, job, row

CONFIRM = job(remove="confirm")


def guarded(wanted: Desired, recorded: list[RecordedJob], *, allow_remove: int | None = None) -> Plan:
    """Plan and judge."""
    plan = make_plan(wanted, recorded, now=NOON, uids=str)
    return guard.check(plan, wanted, recorded=recorded, allow_remove=allow_remove)


def blocked(plan: Plan) -> dict[str, str | None]:
    """Return the reason of each blocked change by job."""
    return {change.job: change.blocked for change in plan.blocked}


def shrunk(size: int, *, by: int, name: str = "a") -> tuple[Desired, list[RecordedJob]]:
    """Return a set of `size` rows of which the manifests dropped `by`, beside a job of another set."""
    keys = [f"{name}/{index}" for index in range(size)]
    wanted = {key: job() for key in keys[by:]} | {"other/one": job()}
    return desired(wanted), [row(key) for key in (*keys, "other/one")]


@pytest.mark.parametrize(
    ("expected", "size", "gone"),
    [
        pytest.param(False, 1, 1, id="the only job of a set"),
        pytest.param(False, 3, 1, id="one may always go"),
        pytest.param(True, 3, 2, id="2 of 3"),
        pytest.param(True, 7, 2, id="2 of 7 is more than a quarter"),
        pytest.param(False, 8, 2, id="2 of 8 is a quarter"),
        pytest.param(True, 8, 3, id="3 of 8"),
        pytest.param(False, 12, 3, id="3 of 12 is a quarter"),
        pytest.param(True, 11, 3, id="3 of 11"),
    ],
)
def test_blocks_the_loss_of_more_than_a_quarter(expected: bool, size: int, gone: int) -> None:
    """More than one job and more than a quarter of a set must be confirmed."""
    wanted, recorded = shrunk(size, by=gone)
    reason = f"{gone} of {size} jobs of a would go at once"
    assert ({f"a/{i}": reason for i in range(gone)} if expected else {}) == blocked(guarded(wanted, recorded))


def test_new_jobs_do_not_outweigh_lost_ones() -> None:
    """A set that exchanges its jobs loses them; once held they stay so, though the new jobs are rows by then."""
    keys = [f"a/{index}" for index in range(6)]
    wanted = desired({key: job() for key in (*keys[2:], "a/new", "a/newer")})
    reason = "2 of 6 jobs of a would go at once"
    expected = {"a/0": reason, "a/1": reason}
    assert expected == blocked(guarded(wanted, [row(key) for key in keys]))
    grown = [row(key, held=expected.get(key)) for key in (*keys, "a/new", "a/newer")]
    assert expected == blocked(guarded(wanted, grown))


def test_judges_each_set_by_itself() -> None:
    """One set that shrinks too far does not hold back another."""
    small, rows_of_small = shrunk(3, by=2)
    large, rows_of_large = shrunk(8, by=2, name="b")
    wanted = Desired({**small.jobs, **large.jobs}, "r2")
    recorded = list({r.key: r for r in (*rows_of_small, *rows_of_large)}.values())
    assert {"a/0", "a/1"} == set(blocked(guarded(wanted, recorded)))


def test_counts_live_manifest_rows() -> None:
    """Neither tombstones nor code jobs make a set look larger."""
    wanted, recorded = shrunk(4, by=2)
    ghosts = [row(f"a/ghost{index}", removed_at=NOON) for index in range(8)]
    assert 2 == len(blocked(guarded(wanted, [*recorded, *ghosts, code_row("a")])))


def test_blocks_when_nothing_is_left() -> None:
    """An empty tree is more often a mistake than a wish, even for a single job."""
    assert {"a/one": "the manifests declare no job at all any more"} == blocked(guarded(desired(), [row("a/one")]))


def test_blocks_while_a_file_is_broken() -> None:
    """The broken file may hold what another file no longer does."""
    wanted = desired({f"a/{i}": job() for i in range(9)}, broken=["z.yaml", "b.yaml"])
    plan = guarded(wanted, [row("a/9")])
    assert {"a/9": "a broken file may still declare it: b.yaml, z.yaml"} == blocked(plan)


def test_a_tree_of_broken_files_alone_is_broken_and_not_empty() -> None:
    """What to do is to mend it."""
    plan = guarded(desired(broken=["z.yaml"]), [row("a/one")])
    assert {"a/one": "a broken file may still declare it: z.yaml"} == blocked(plan)


@pytest.mark.parametrize("held", ["a broken file may still declare it: z.yaml", "it says `remove: confirm`"])
def test_lets_go_what_was_held_for_a_reason_that_is_no_more(held: str) -> None:
    """Only a loss of too much at once is remembered: its reason goes with the set's size."""
    assert {} == blocked(guarded(desired({"a/stays": job()}), [row("a/stays"), row("a/gone", held=held)]))


def test_blocks_a_removal_that_must_be_confirmed() -> None:
    """It is the recorded spec that says so, and it holds that job alone."""
    recorded = [row("a/safe", CONFIRM), row("a/gone"), row("a/stays")]
    plan = guarded(desired({"a/stays": job()}), recorded)
    assert {"a/safe": "it says `remove: confirm`"} == blocked(plan)


def test_a_move_to_another_file_loses_nothing() -> None:
    """The guard counts jobs, not places."""
    keys = [f"a/{index}" for index in range(4)]
    plan = guarded(desired([declared(key, file="new.yaml") for key in keys]), [row(key) for key in keys])
    assert {} == blocked(plan)


def test_a_rename_is_no_removal() -> None:
    """Not even when every job of the set is renamed."""
    wanted = desired({f"b/{index}": job(moved_from=f"a/{index}") for index in range(4)})
    assert {} == blocked(guarded(wanted, [row(f"a/{index}", CONFIRM) for index in range(4)]))


def test_blocks_a_rename_out_of_a_broken_file() -> None:
    """Once mended the file may declare the old name still; then the rename would be an error."""
    wanted = desired([declared("a/new", job(moved_from="old"), file="good.yaml")], broken=["jobs.yaml"])
    expected = {"a/new": "jobs.yaml is broken and may still declare a/old"}
    assert expected == blocked(guarded(wanted, [row("a/old")]))
    assert expected == blocked(guarded(wanted, [row("a/old")], allow_remove=0))
    assert {} == blocked(guarded(wanted, [row("a/old", removed_at=NOON)]))


def test_lets_a_removed_job_come_back_by_another_name_though_its_file_is_broken() -> None:
    """Whether the file declares the old name or not: that job has gone."""
    wanted = desired([declared("a/new", job(moved_from="old"), file="good.yaml")], broken=["jobs.yaml"])
    assert {} == blocked(guarded(wanted, [row("a/old", removed_at=NOON)]))


@pytest.mark.parametrize(
    ("wanted", "recorded"),
    [
        pytest.param(*shrunk(4, by=3), id="a quarter"),
        pytest.param(desired(), [row("a/1"), row("a/2"), row("a/3")], id="nothing left"),
        pytest.param(desired({"a/0": job()}, broken=["b.yaml"]), [row("a/1"), row("a/2"), row("a/3")], id="broken"),
        pytest.param(
            desired({"a/0": job()}),
            [row("a/0"), row("a/1", CONFIRM), row("a/2", CONFIRM), row("b/3")],
            id="confirm, and one that would not wait",
        ),
    ],
)
class TestConfirming:
    """`allow_remove` names the number of all removals."""

    def test_the_exact_number_confirms_them_all(self, wanted: Desired, recorded: list[RecordedJob]) -> None:
        """Whatever held them back."""
        plan = guarded(wanted, recorded, allow_remove=3)
        assert (3, {}) == (len(plan.removals), blocked(plan))

    @pytest.mark.parametrize("number", [0, 2, 4])
    def test_another_number_is_refused(self, wanted: Desired, recorded: list[RecordedJob], number: int) -> None:
        """The message names the right one."""
        with pytest.raises(RemovalCountError, match=rf"removes 3, not {number}; confirm with --allow-remove 3"):
            guarded(wanted, recorded, allow_remove=number)


def test_refuses_to_confirm_nothing() -> None:
    """Where nothing is removed the option has no business."""
    with pytest.raises(RemovalCountError, match="leave --allow-remove out"):
        guarded(desired({"a/one": job()}), [row("a/one")], allow_remove=1)


@given(size=st.integers(1, 40), data=st.data())
def test_never_lets_more_than_a_quarter_go_unasked(size: int, data: st.DataObject) -> None:
    """Of what the guard lets through, no set loses more than one job and more than a quarter."""
    gone = data.draw(st.integers(0, size))
    wanted, recorded = shrunk(size, by=gone)
    let_go = len([change for change in guarded(wanted, recorded).removals if change.blocked is None])
    assert let_go <= max(1, size / 4)
    assert let_go in {0, gone}


def confirmed(wanted: Desired, recorded: list[RecordedJob], *jobs: str) -> Plan:
    """Plan and judge, with the removals of some jobs confirmed."""
    plan = make_plan(wanted, recorded, now=NOON, uids=str)
    return guard.check(plan, wanted, recorded=recorded, confirmed=jobs)


def test_lets_go_exactly_those_that_are_confirmed() -> None:
    """Of the held removals, the others go on waiting for the same reason."""
    wanted, recorded = shrunk(4, by=3)
    reason = "3 of 4 jobs of a would go at once"
    assert {"a/2": reason} == blocked(confirmed(wanted, recorded, "a/0", "a/1"))


@pytest.mark.parametrize("jobs", [("a/0", "a/3"), ("other/one",), ("nobody/knows",)])
def test_confirms_nothing_when_one_of_them_is_not_held_back(jobs: tuple[str, ...]) -> None:
    """The plan is another one than the person saw: the error names what is held back now."""
    wanted, recorded = shrunk(4, by=2)
    with pytest.raises(NotHeldBackError) as caught:
        confirmed(wanted, recorded, *jobs)
    reason = "2 of 4 jobs of a would go at once"
    assert {"blocked": [{"job": f"a/{index}", "reason": reason} for index in range(2)]} == caught.value.facts
    assert "plan_changed" == caught.value.code


def test_a_removal_that_does_not_wait_needs_no_confirmation() -> None:
    """Who confirms it saw another plan."""
    wanted, recorded = shrunk(8, by=2)
    with pytest.raises(NotHeldBackError, match=r"held back now: a/0$"):
        confirmed(wanted, recorded, "a/0")
