"""Limits on how many runs run at once: of a group, of all jobs."""

from typing import Any

import pytest

from schedrun.core.run.limits import Limits
from schedrun.core.run.outcome import Outcome
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


async def limited(rig: Rig, limits: Limits) -> Rig:
    rig.limits = limits
    rig.another()
    return rig


async def end(rig: Rig, job: str) -> None:
    """End the oldest run of the job that has not ended."""
    context = next(each for each in rig.work.begun if each.job == f"set/{job}" and rig.work.goes_on(each.run_id))
    rig.work.finish(context.run_id)
    await settle()


def jobs(clock: VirtualClock, names: str, **spec: Any) -> list[Any]:
    return [a_job(clock, name, **spec) for name in names]


async def test_a_group_runs_no_more_than_its_limit(rig: Rig, clock: VirtualClock) -> None:
    """The others wait in queued and follow as the first ones end, the oldest first."""
    await limited(rig, Limits(groups={"db": 2}))
    await rig.begin(*jobs(clock, "abcd", group="db"), a_job(clock, "free"))
    await clock.advance(60)
    begun, waiting = sorted(rig.work.jobs), ["queued"] * 2 + ["running"] * 3
    assert ("set/free" in begun, 3, waiting) == (True, len(begun), sorted(await rig.statuses()))
    order = [job for job in rig.work.jobs if job != "set/free"]
    await end(rig, order[0][-1])
    await end(rig, order[1][-1])
    assert 5 == len(rig.work.jobs)
    assert {"set/a", "set/b", "set/c", "set/d", "set/free"} == set(rig.work.jobs)


async def test_all_jobs_together_run_no_more_than_the_limit(rig: Rig, clock: VirtualClock) -> None:
    """Whatever group they are in."""
    await limited(rig, Limits(max_running=2))
    await rig.begin(*jobs(clock, "ab", group="db"), *jobs(clock, "cd"))
    await clock.advance(60)
    assert ["queued"] * 2 + ["running"] * 2 == sorted(await rig.statuses())
    for _ in range(3):
        await end(rig, next(each.job for each in rig.work.begun if rig.work.goes_on(each.run_id))[-1])
    assert ["running"] + ["succeeded"] * 3 == sorted(await rig.statuses())


async def test_a_backlog_does_not_keep_others_of_its_group_from_their_turn(rig: Rig, clock: VirtualClock) -> None:
    """A job that always has one waiting takes turns with those that have waited longer."""
    await limited(rig, Limits(groups={"db": 1}))
    await rig.begin(a_job(clock, "a", group="db", overlap="queue", schedule={"every": "10s"}))
    await clock.advance(20)
    await rig.put(a_job(clock, "b", group="db", schedule={"every": "10s"}))
    await rig.engine.arm([await rig.row("b")])
    await clock.advance(10)
    assert ["set/a"] == rig.work.jobs
    for _ in range(4):
        await end(rig, rig.work.jobs[-1][-1])
        await clock.advance(10)
    assert {"set/a", "set/b"} == set(rig.work.jobs[1:3])


async def test_runs_that_end_together_let_as_many_follow(rig: Rig, clock: VirtualClock) -> None:
    """Their verdicts are one unit of work: what ends and what starts in it is counted."""
    await limited(rig, Limits(max_running=3, groups={"db": 2}))
    await rig.begin(*jobs(clock, "abcdef", group="db"), *jobs(clock, "xy"))
    await clock.advance(60)
    assert 3 == len(rig.work.begun)
    for context in tuple(rig.work.begun):
        rig.work.finish(context.run_id)
    await settle()
    assert ["queued"] * 2 + ["running"] * 3 + ["succeeded"] * 3 == sorted(await rig.statuses())
    running = [context.job[-1] for context in rig.work.begun if rig.work.goes_on(context.run_id)]
    assert 2 == sum(job in "abcdef" for job in running)


async def test_a_manual_run_waits_for_room_too(rig: Rig, clock: VirtualClock) -> None:
    """It is queued, and not refused: its own job is free."""
    await limited(rig, Limits(groups={"db": 1}))
    await rig.begin(*jobs(clock, "ab", group="db"))
    for name in "ab":
        row = await rig.row(name)
        _, planned = await rig.store.write(
            lambda tx, row=row, name=name: rig.engine.planner.plan_manual(tx, row, request_id=name, now=clock.now())  # type: ignore[misc]  # bound early
        )
        rig.engine.submit_planned([planned])
        await settle()
    assert ["queued", "running"] == sorted(await rig.statuses())
    await end(rig, "a")
    assert ["set/a", "set/b"] == rig.work.jobs


async def test_a_limit_holds_across_a_restart(rig: Rig, clock: VirtualClock) -> None:
    """What waited starts first, no more at once than may run."""
    await limited(rig, Limits(groups={"db": 1}))
    await rig.begin(*jobs(clock, "abc", group="db", schedule={"every": "1h", "anchor": "2026-06-01T12:01:00Z"}))
    await clock.advance(60)
    await rig.another().take_over()
    await rig.engine.begin()
    await settle()
    assert ["interrupted", "queued", "running"] == sorted(await rig.statuses())
    await end(rig, rig.work.jobs[-1][-1])
    assert ["interrupted", "running", "succeeded"] == sorted(await rig.statuses())


async def test_a_retry_gives_its_room_back_while_it_waits(rig: Rig, clock: VirtualClock) -> None:
    """A limit is on what runs."""
    await limited(rig, Limits(groups={"db": 1}))
    retries = {"max": 1, "backoff": "10s", "jitter": False}
    await rig.begin(*jobs(clock, "ab", group="db", retries=retries, schedule={"every": "1h"}))
    await clock.advance(3600)
    first = rig.work.begun[0]
    rig.work.fail(first.run_id)
    await settle()
    assert 2 == len(rig.work.begun)
    await clock.advance(10)
    assert 2 == len(rig.work.begun)
    await end(rig, rig.work.begun[1].job[-1])
    assert [first.run_id, 2] == [rig.work.begun[2].run_id, rig.work.begun[2].attempt]


async def test_what_waits_for_room_is_cancelled_by_a_replacement(rig: Rig, clock: VirtualClock) -> None:
    """Of a job that replaces, only the newest waits."""
    await limited(rig, Limits(groups={"db": 1}))
    await rig.begin(a_job(clock, "a", group="db"), a_job(clock, "b", group="db", overlap="replace"))
    await clock.advance(60)
    waits = "b" if rig.work.jobs == ["set/a"] else None
    assert waits == "b"
    await clock.advance(60)
    statuses = [str(run.status) for run in await rig.runs() if run.job_uid == "b"]
    assert ["cancelled", "queued"] == statuses


async def test_work_that_outlives_its_run_takes_room(rig: Rig, clock: VirtualClock) -> None:
    """Who waits for that room starts when the work has ended, and not before."""
    await limited(rig, Limits(groups={"db": 1}))
    await rig.begin(*jobs(clock, "ab", group="db", schedule={"every": "1h"}))
    await clock.advance(3600)
    working = rig.lingering()
    rig.work.finish(rig.work.begun[0].run_id, Outcome(error="too slow", timed_out=True, still_running=working))
    await settle()
    assert (1, ["queued", "timed_out"]) == (len(rig.work.begun), sorted(await rig.statuses()))
    working.set_result(None)
    await settle()
    assert 2 == len(rig.work.begun)
