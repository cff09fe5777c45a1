"""Expectations on time through what happens to a job: pauses, edits, removal, its end."""

from datetime import timedelta
from typing import Any

import pytest

from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.spec.job import Job
from schedrun.scheduler import control, transitions
from tests.scheduler.lateness import SUCCEED, breaches, end_all, late, minutes
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


async def test_a_pause_is_not_judged_and_its_end_begins_the_count_anew(rig: Rig, clock: VirtualClock) -> None:
    """A pause that a person ends."""
    await rig.begin(a_job(clock, **SUCCEED))
    await minutes(rig, clock, "x")
    await control.pause(rig.engine, "set/a", override=Override(None, "ada", clock.now()))
    await clock.advance(300)
    assert [] == await breaches(rig)
    await control.resume(rig.engine, "set/a", now=clock.now())
    await minutes(rig, clock, "xx")
    assert [] == await breaches(rig)
    await clock.advance(30)
    assert ["2026-06-01T12:08:30Z"] == [event.facts["since"] for event in await breaches(rig)]


async def test_a_pause_that_runs_out_begins_the_count_anew(rig: Rig, clock: VirtualClock) -> None:
    """Also once the planning has let go of it."""
    await rig.begin(a_job(clock, **SUCCEED))
    until = clock.now() + timedelta(seconds=200)
    await control.pause(rig.engine, "set/a", override=Override(None, "ada", clock.now(), until))
    await minutes(rig, clock, "xxxxx")
    assert ([], None) == (await breaches(rig), (await rig.row()).override)
    await clock.advance(50)
    assert ["2026-06-01T12:05:50Z"] == [event.facts["since"] for event in await breaches(rig)]


async def test_what_was_late_before_a_pause_is_judged_before_it(rig: Rig, clock: VirtualClock) -> None:
    """A pause that is laid over a state without a service hides nothing that had passed."""
    row = a_job(clock, **SUCCEED)
    await rig.put(row)
    await rig.store.write(lambda tx: rig.engine.planner.judging.judge(tx, row, now=clock.now()))
    clock.stall(3600)
    override = Override(None, "ada", clock.now())
    await rig.store.write(lambda tx: transitions.pause(tx, row, planner=rig.engine.planner, override=override))
    assert 1 == len(await breaches(rig))


async def test_the_log_names_what_a_removal_found(
    rig: Rig, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """At once: the job is not looked at any more."""
    row = a_job(clock, schedule={"every": "1d"}, **SUCCEED)
    await rig.begin(row)
    clock.stall(200)
    await rig.store.write(lambda tx: transitions.remove(tx, row, planner=rig.engine.planner, now=clock.now()))
    await settle()
    assert 1 == [record.message for record in caplog.records].count("Job is late")


async def edit(rig: Rig, clock: VirtualClock, *, rescheduled: bool = False, **spec: Any) -> RecordedJob:
    """Edit the job as an apply does."""
    before = await rig.row()
    after = before._replace(spec=Job.model_validate(before.spec.to_record() | spec))
    planned = await rig.store.write(
        lambda tx: transitions.amend(
            tx, before, after=after, planner=rig.engine.planner, rescheduled=rescheduled, now=clock.now()
        )
    )
    await rig.engine.arm([planned.job])
    await settle()
    return planned.job


async def test_an_edit_of_the_field_begins_the_count_anew(rig: Rig, clock: VirtualClock) -> None:
    """And ends what was late by the old one."""
    await rig.begin(a_job(clock, **SUCCEED))
    await minutes(rig, clock, "xxx")
    assert await late(rig) is not None
    await edit(rig, clock, must_succeed_within="160s")
    assert await late(rig) is None
    await minutes(rig, clock, "xxx")
    assert ["2026-06-01T12:02:30Z", "2026-06-01T12:05:40Z"] == [each.facts["since"] for each in await breaches(rig)]


async def test_what_was_late_before_an_edit_is_judged_before_it(rig: Rig, clock: VirtualClock) -> None:
    """By what the row said then; after the edit it is late no more."""
    await rig.begin(a_job(clock, schedule={"every": "1d"}, **SUCCEED))
    clock.stall(200)
    await edit(rig, clock, must_succeed_within="1h")
    assert ["2026-06-01T12:02:30Z"] == [event.facts["since"] for event in await breaches(rig)]
    assert await late(rig) is None


async def test_a_pause_that_an_edit_takes_away_begins_the_count_anew(rig: Rig, clock: VirtualClock) -> None:
    """The pause of a manifest ends like any other."""
    await rig.begin(a_job(clock, paused=True, **SUCCEED))
    await clock.advance(600)
    await edit(rig, clock, paused=False)
    await clock.advance(149)
    assert [] == await breaches(rig)
    await clock.advance(1)
    assert ["2026-06-01T12:12:30Z"] == [event.facts["since"] for event in await breaches(rig)]


async def test_an_edit_to_an_instant_in_the_past_is_an_occurrence_that_never_ran(rig: Rig, clock: VirtualClock) -> None:
    """And so it has not succeeded by the deadline."""
    await rig.begin(a_job(clock, schedule={"at": "2026-07-01T00:00:00Z"}, must_finish_by="12:05"))
    await edit(rig, clock, rescheduled=True, schedule={"at": "2026-06-01T11:00:00Z"})
    await clock.advance(300)
    assert ["2026-06-01T12:05:00Z"] == [event.facts["since"] for event in await breaches(rig)]


async def test_first_sight_is_when_the_row_was_made(rig: Rig, clock: VirtualClock) -> None:
    """Also where no service runs then."""
    row = a_job(clock, **SUCCEED)
    await rig.store.write(lambda tx: transitions.first_sight(tx, row, planner=rig.engine.planner, now=clock.now()))
    kept = await rig.store.read(lambda reader: reader.lateness("a"))
    assert kept is not None
    assert clock.now() == kept.counted_from


async def test_a_run_that_outlives_its_job_changes_nothing(rig: Rig, clock: VirtualClock) -> None:
    """What succeeds after the removal is no success of a job that expects something."""
    await rig.begin(a_job(clock, **SUCCEED))
    await clock.advance(60)
    row, planner = await rig.row(), rig.engine.planner
    await rig.store.write(lambda tx: transitions.remove(tx, row, planner=planner, now=clock.now()))
    await end_all(rig, well=True)
    assert await rig.store.read(lambda reader: reader.lateness("a")) is None


async def test_another_edit_begins_nothing_anew(rig: Rig, clock: VirtualClock) -> None:
    """Neither of the target nor of the schedule."""
    await rig.begin(a_job(clock, **SUCCEED))
    await minutes(rig, clock, "xx")
    await edit(rig, clock, timeout="5m")
    await edit(rig, clock, schedule={"every": "7m"}, rescheduled=True)
    await clock.advance(30)
    assert ["2026-06-01T12:02:30Z"] == [event.facts["since"] for event in await breaches(rig)]


async def test_a_field_that_is_taken_away_expects_nothing(rig: Rig, clock: VirtualClock) -> None:
    """Nothing is late by it, nothing is kept, and nobody waits."""
    await rig.begin(a_job(clock, **SUCCEED))
    await minutes(rig, clock, "xxx")
    await edit(rig, clock, must_succeed_within=None)
    assert await rig.store.read(lambda reader: (reader.lateness("a"), reader.late_jobs())) == (None, {})
    await minutes(rig, clock, "xxxx.")
    assert 1 == len(await breaches(rig))


async def test_a_field_that_is_added_knows_what_ran_before(rig: Rig, clock: VirtualClock) -> None:
    """The newest occurrence before the edit is what must have succeeded by the deadline after it."""
    await rig.begin(a_job(clock, schedule={"every": "4m", "anchor": "2026-06-01T12:00:00Z"}))
    await minutes(rig, clock, "...x")
    await edit(rig, clock, must_finish_by="12:05")
    await clock.advance(60)
    assert ["2026-06-01T12:05:00Z"] == [event.facts["since"] for event in await breaches(rig)]


async def test_a_second_field_knows_what_ran_before_too(rig: Rig, clock: VirtualClock) -> None:
    """Occurrences are noted only for who must finish by a time."""
    await rig.begin(a_job(clock, schedule={"every": "4m", "anchor": "2026-06-01T12:00:00Z"}, must_succeed_within="1d"))
    await minutes(rig, clock, "...x")
    await edit(rig, clock, must_finish_by="12:05")
    await clock.advance(60)
    assert ["must_finish_by"] == [event.facts["expectation"] for event in await breaches(rig)]


async def test_a_removed_job_is_not_judged_and_begins_anew_when_it_is_back(rig: Rig, clock: VirtualClock) -> None:
    """First sight is when it came back."""
    await rig.begin(a_job(clock, **SUCCEED))
    row, planner = await rig.row(), rig.engine.planner
    await rig.store.write(lambda tx: transitions.remove(tx, row, planner=planner, now=clock.now()))
    await rig.engine.disarm(["a"])
    await minutes(rig, clock, "----")
    assert [] == await breaches(rig)
    assert await rig.store.read(lambda reader: reader.lateness("a")) is None
    tombstone = await rig.row()
    back = await rig.store.write(lambda tx: transitions.revive(tx, tombstone, planner=planner, now=clock.now()))
    await rig.engine.arm([back])
    await minutes(rig, clock, "xx-")
    assert ["2026-06-01T12:06:30Z"] == [event.facts["since"] for event in await breaches(rig)]


async def test_a_job_of_the_past_is_late_at_its_deadline(rig: Rig, clock: VirtualClock) -> None:
    """A one-time instant that had passed at first sight is an occurrence that never ran."""
    row = a_job(clock, schedule={"at": "2026-06-01T11:00:00Z"}, must_finish_by="12:05")
    await rig.begin()
    await rig.store.write(lambda tx: transitions.first_sight(tx, row, planner=rig.engine.planner, now=clock.now()))
    await rig.engine.arm([await rig.row()])
    await clock.advance(300)
    assert ["2026-06-01T12:05:00Z"] == [event.facts["since"] for event in await breaches(rig)]


async def test_a_completed_job_is_not_judged(rig: Rig, clock: VirtualClock) -> None:
    """No fire is left and nothing runs; while its last run goes on it is late."""
    end = {"every": "1m", "end": "2026-06-01T12:01:30Z"}
    await rig.begin(a_job(clock, schedule=end, **SUCCEED), a_job(clock, "b", schedule=end, **SUCCEED))
    await clock.advance(60)
    (run_id,) = [context.run_id for context in rig.work.begun if context.job == "set/a"]
    rig.work.fail(run_id)
    await clock.advance(300)
    assert ["set/b"] == [event.facts["job"] for event in await breaches(rig)]
