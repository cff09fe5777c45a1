"""Plannings: what is claimed, what stays queued, and that nothing starts without its commit."""

from datetime import timedelta

import pytest

from schedrun.core.errors import JobBusyError, StoreError
from schedrun.core.run.run import Run
from schedrun.core.status import RunKind, RunStatus
from schedrun.protocols import Transaction
from schedrun.scheduler.planning import Planned, Planner, Work
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


async def manual(rig: Rig, request_id: str) -> tuple[Run, Planned]:
    """Ask the job `a` for a run beside its schedule, as `run_job` does."""
    planner, now = rig.engine.planner, rig.clock.now()

    def unit(tx: Transaction) -> tuple[Run, Planned]:
        job = tx.job("a")
        assert job is not None
        return planner.plan_manual(tx, job, request_id=request_id, now=now)

    run, planned = await rig.store.write(unit)
    rig.engine.submit_planned([planned])
    await settle()
    return run, planned


async def test_nothing_starts_while_the_commit_fails(rig: Rig, clock: VirtualClock) -> None:
    """The claim was made and undone: no target ran, and the cursor stands."""
    await rig.begin(a_job(clock))
    begin = clock.now()
    rig.store.failing = True
    await clock.advance(61)
    assert rig.store.refused
    assert ([], begin, []) == (rig.work.begun, (await rig.row()).cursor, await rig.runs())
    rig.store.failing = False
    await clock.advance(2)
    assert [begin + timedelta(minutes=1)] == rig.work.fires
    assert ["running"] == await rig.statuses()


async def test_without_leave_to_start_everything_stays_queued(rig: Rig, clock: VirtualClock) -> None:
    """Another process plans what is due, and the next service starts it."""
    await rig.put(a_job(clock, misfire={"catch_up": "all"}))
    later = clock.now() + timedelta(minutes=3)
    planner = Planner(may_start=False)
    work = await rig.store.write(lambda tx: planner.plan_all(tx, {"a": True}, now=later))
    assert ([], ["queued"] * 3) == (work.claims, await rig.statuses())
    assert [0, 0, 0] == [run.attempt for run in await rig.runs()]
    assert () == await rig.store.write(lambda tx: planner.claim_waiting(tx, "a", now=later))
    assert later == (await rig.row()).cursor


async def test_a_removed_job_is_not_planned(rig: Rig, clock: VirtualClock) -> None:
    """A wake that came too late finds a tombstone, or no row at all."""
    await rig.put(a_job(clock, row={"removed_at": clock.now()}))
    later = clock.now() + timedelta(minutes=3)
    assert Work() == await rig.store.write(lambda tx: Planner().plan_all(tx, {"a": True, "nobody": True}, now=later))


class TestManualRuns:
    """A run beside the schedule."""

    @pytest.mark.parametrize(
        ("overlap", "expected"),
        [
            ("queue", ["running", "queued"]),
            ("replace", ["cancelled", "running"]),
            ("allow", ["running", "running"]),
        ],
    )
    async def test_each_overlap_admits_as_it_says(
        self, rig: Rig, clock: VirtualClock, overlap: str, expected: list[str]
    ) -> None:
        """What a second request does while the first run is active."""
        await rig.begin(a_job(clock, overlap=overlap))
        await manual(rig, "one")
        await clock.advance(1)
        second, _ = await manual(rig, "two")
        assert expected == await rig.statuses()
        assert second.id == (await rig.runs())[1].id

    async def test_forbid_names_the_run_in_the_way(self, rig: Rig, clock: VirtualClock) -> None:
        """And records nothing."""
        await rig.begin(a_job(clock))
        first, _ = await manual(rig, "one")
        with pytest.raises(JobBusyError) as caught:
            await manual(rig, "two")
        assert ("set/a", first.id) == (caught.value.job_id, caught.value.active_run)
        assert ["running"] == await rig.statuses()

    async def test_queue_names_the_run_that_waits(self, rig: Rig, clock: VirtualClock) -> None:
        """It is not forbidden to wait, only for a second one."""
        await rig.begin(a_job(clock, overlap="queue"))
        await manual(rig, "one")
        await clock.advance(1)
        waiting, _ = await manual(rig, "two")
        with pytest.raises(JobBusyError, match=f"one run waits already, and only one may: run {waiting.id}"):
            await manual(rig, "three")

    async def test_one_request_is_one_run(self, rig: Rig, clock: VirtualClock) -> None:
        """Asked again, active or ended, it answers with the run that there is."""
        await rig.begin(a_job(clock))
        first, _ = await manual(rig, "one")
        again, planned = await manual(rig, "one")
        assert (first.id, ()) == (again.id, planned.claims)
        rig.work.finish(first.id)
        await settle()
        ended, _ = await manual(rig, "one")
        assert (first.id, RunStatus.SUCCEEDED, 1) == (ended.id, ended.status, len(rig.work.begun))

    async def test_leaves_the_cursor_alone(self, rig: Rig, clock: VirtualClock) -> None:
        """What is due keeps its own verdict."""
        await rig.begin(a_job(clock))
        begin = clock.now()
        await clock.advance(30)
        run, _ = await manual(rig, "one")
        assert (begin, RunKind.MANUAL, clock.now()) == ((await rig.row()).cursor, run.kind, run.fire_time)

    async def test_a_failed_commit_starts_nothing(self, rig: Rig, clock: VirtualClock) -> None:
        """The caller is told, and no target runs."""
        await rig.begin(a_job(clock))
        rig.store.failing = True
        with pytest.raises(StoreError):
            await manual(rig, "one")
        assert ([], []) == (rig.work.begun, await rig.runs())


async def test_compiled_schedules_are_forgotten_with_their_jobs(rig: Rig, clock: VirtualClock) -> None:
    """What is kept of a job is let go when it is removed; an edited schedule replaces the old one."""
    await rig.begin(a_job(clock), a_job(clock, "b"))
    planner = rig.engine.planner
    assert {"a", "b"} == set(planner._compiled)
    edited = a_job(clock, schedule={"every": "2m"})
    assert planner.fires(edited).rule != planner.fires(a_job(clock, "b")).rule
    await rig.engine.disarm(["a"])
    assert {"b"} == set(planner._compiled)
