"""How late runs start, measured with the claim: after due time and spread, the first attempt alone."""

from datetime import timedelta

import pytest

from schedrun.core.run.totals import Bucket, Measure
from schedrun.core.schedule import fires
from tests.scheduler.rig import Rig, a_job
from tests.virtual import VirtualClock

pytestmark = pytest.mark.anyio


async def measured(rig: Rig) -> list[Bucket]:
    totals = await rig.store.read(lambda reader: reader.totals())
    return [each for each in totals.buckets if each.measure is Measure.START_LATENESS]


async def test_a_run_on_time_is_not_late(rig: Rig, clock: VirtualClock) -> None:
    """It lies in the lowest bucket."""
    await rig.begin(a_job(clock))
    await clock.advance(61)
    assert [(Measure.START_LATENESS, 1, 0)] == [
        (each.measure, each.values, each.micros) for each in await measured(rig)
    ]


async def test_the_spread_is_no_lateness(rig: Rig, clock: VirtualClock) -> None:
    """A run is due when its offset is over."""
    job = a_job(clock, schedule={"every": "1m", "spread": "50s"})
    assert fires.of(job.spec, key=job.key).offset > timedelta(0)
    await rig.begin(job)
    await clock.advance(120)
    found = await measured(rig)
    assert 1 <= sum(each.values for each in found)
    assert 0 == sum(each.micros for each in found)


async def test_what_is_caught_up_is_as_late_as_the_service_was_down(rig: Rig, clock: VirtualClock) -> None:
    """From when it was due to when it starts."""
    await rig.put(a_job(clock, misfire={"grace": "10m"}))
    clock.step(90)
    await rig.begin()
    assert [30_000_000] == [each.micros for each in await measured(rig)]


async def test_a_run_that_waits_in_the_queue_is_measured_when_it_starts(rig: Rig, clock: VirtualClock) -> None:
    """By a claim that is not its planning."""
    await rig.begin(a_job(clock, overlap="queue"))
    await clock.advance(121)
    assert 1 == sum(each.values for each in await measured(rig))
    rig.work.finish(rig.work.begun[0].run_id)
    await clock.advance(1)
    found = await measured(rig)
    assert 2 == sum(each.values for each in found)
    assert 1_000_000 == sum(each.micros for each in found)


async def test_another_attempt_is_not_measured(rig: Rig, clock: VirtualClock) -> None:
    """It starts when its wait is over, late by nothing."""
    await rig.begin(a_job(clock, retries={"max": 1, "backoff": "5s"}))
    await clock.advance(60)
    rig.work.fail(rig.work.begun[0].run_id)
    await clock.advance(8)
    assert [1, 2] == [context.attempt for context in rig.work.begun]
    assert 1 == sum(each.values for each in await measured(rig))
