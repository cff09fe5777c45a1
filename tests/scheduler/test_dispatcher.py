"""From wakes to plannings: a fault in one job or in the store holds back nothing else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from schedrun.core.run import occurrences
from schedrun.core.run.occurrences import Decision
from schedrun.core.run.recorded import RecordedJob
from schedrun.protocols import Transaction
from schedrun.scheduler.dispatcher import JOBS_A_UNIT
from schedrun.scheduler.planning import Work
from tests.scheduler.rig import FlakyStore, Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.event for record in caplog.records if hasattr(record, "event")]


async def test_a_bug_in_one_job_holds_back_no_other(
    rig: Rig, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its own planning is told with the traceback; the others of the batch start on time."""
    right = occurrences.decide

    def decide(job: RecordedJob, *rest: Any, **facts: Any) -> Decision | None:
        decision = right(job, *rest, **facts)
        if job.uid == "b" and decision is not None:
            raise ZeroDivisionError("a bug")
        return decision

    monkeypatch.setattr(occurrences, "decide", decide)
    await rig.begin(*(a_job(clock, uid) for uid in "abc"))
    await clock.advance(60)
    assert ["set/a", "set/c"] == rig.work.jobs
    assert ["running", "running"] == await rig.statuses()
    assert (1, 1) == (events(caplog).count("planning_failed"), rig.engine.dispatcher.given_up)
    await clock.advance(60)
    assert 2 <= events(caplog).count("planning_failed")


async def test_a_store_that_refuses_is_asked_again(
    rig: Rig, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Each second, told once; then what is due starts, as late as it is."""
    await rig.begin(a_job(clock), a_job(clock, "b"))
    rig.store.failing = True
    await clock.advance(63)
    assert ([], []) == (rig.work.begun, await rig.statuses())
    signs_of_life = 63 - 14  # each second from the first resync on
    assert (4, ["state_not_written"]) == (rig.store.refused - signs_of_life, events(caplog))
    rig.store.failing = False
    await clock.advance(1)
    assert ["set/a", "set/b"] == rig.work.jobs
    assert ["state_not_written", "state_written_again"] == events(caplog)


async def test_a_verdict_that_is_not_written_holds_back_its_job_alone(rig: Rig, clock: VirtualClock) -> None:
    """Planned without it, the next fire would be skipped for a run that has long ended."""
    rig.work.at_once = True
    await rig.begin(a_job(clock), a_job(clock, "b", schedule={"cron": "1 * * * *"}))
    await clock.advance(59)
    rig.store.failing = False
    await clock.advance(1)
    assert ["succeeded", "succeeded"] == await rig.statuses()
    rig.store.failing = True
    await clock.advance(61)
    rig.store.failing = False
    await clock.advance(2)
    assert ([], 3) == (await rig.spans(), len(await rig.runs()))


async def test_many_wakes_of_a_job_are_one_planning(rig: Rig, clock: VirtualClock) -> None:
    """A wake is a hint: the run is one, whatever woke it."""
    await rig.begin(a_job(clock))
    await clock.advance(60)
    for _ in range(5):
        rig.engine.dispatcher.wake("a")
    await settle()
    assert 1 == len(await rig.runs())
    assert [] == await rig.spans()


async def test_a_crowd_is_planned_in_several_units(clock: VirtualClock) -> None:
    """No more than so many jobs a transaction, and none is forgotten."""
    sizes: list[int] = []

    class Counting(FlakyStore):
        async def write(self, unit: Callable[[Transaction], Any]) -> Any:
            result = await super().write(unit)
            if isinstance(result, Work):
                sizes.append(len(result.claims))
            return result

    rig = Rig(clock, Counting())
    rig.work.at_once = True
    await rig.begin(*(a_job(clock, f"{number:04}") for number in range(JOBS_A_UNIT + 50)))
    await clock.advance(60)
    assert JOBS_A_UNIT == max(sizes)
    assert JOBS_A_UNIT + 50 == len(set(rig.work.jobs))
    await rig.end()


async def test_stopped_it_plans_no_more(rig: Rig, clock: VirtualClock) -> None:
    """A wake after the end leaves no trace."""
    await rig.begin(a_job(clock))
    await rig.engine.shut_down(drain=timedelta(0))
    clock.step(3600)
    rig.engine.dispatcher.wake("a")
    await settle()
    assert [] == await rig.runs()
