"""Recording ends: in batches, again until the store takes them, and each exactly once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.run.outcome import Outcome
from schedrun.core.status import RunStatus
from schedrun.protocols import Transaction
from schedrun.scheduler.planning import Claim
from schedrun.scheduler.recorder import Ended, Recorded, Recorder
from schedrun.stores.faults import StateFullError
from tests.scheduler.rig import FlakyStore, Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


class Counting(FlakyStore):
    """Counts the units of work."""

    def __init__(self) -> None:
        super().__init__()
        self.units = 0

    async def write(self, unit: Callable[[Transaction], Any]) -> Any:
        self.units += 1
        return await super().write(unit)


class Ends:
    """Runs that have ended, and what became of them."""

    def __init__(self, rig: Rig, claims: list[Claim]) -> None:
        self.rig, self.claims = rig, claims
        self.recorded: list[Recorded] = []
        self.recorder = Recorder(
            store=rig.store,
            clock=rig.clock,
            planner=rig.engine.planner,
            starts=lambda: 0,
            on_recorded=self.recorded.append,
        )

    def put(self, *which: int) -> None:
        for index in which:
            claim = self.claims[index]
            self.recorder.put(Ended(claim, RunStatus.SUCCEEDED, Outcome(output="done"), self.rig.clock.now()))


@pytest.fixture
async def ends(clock: VirtualClock) -> Ends:
    """Give three running runs of three jobs on a store that counts."""
    rig = Rig(clock, Counting())
    await rig.put(*(a_job(clock, uid) for uid in "abc"))
    later = clock.now() + timedelta(minutes=1)
    work = await rig.store.write(lambda tx: rig.engine.planner.plan_all(tx, dict.fromkeys("abc", True), now=later))
    return Ends(rig, work.claims)


def units(ends: Ends) -> int:
    assert isinstance(ends.rig.store, Counting)
    return ends.rig.store.units


async def test_what_ended_together_is_one_unit(ends: Ends) -> None:
    """Three ends, one durable write."""
    before = units(ends)
    ends.put(0, 1, 2)
    await ends.recorder.settle_all()
    assert (1, ["succeeded"] * 3) == (units(ends) - before, await ends.rig.statuses())
    assert [True] * 3 == [one.accepted for one in ends.recorded]


async def test_a_refused_verdict_is_written_later_and_once(
    ends: Ends, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried each second, left to the store to tell, and reported when it stands."""
    ends.rig.store.failing = True
    ends.put(0)
    await clock.advance(2.5)
    assert (3, [], ["running"] * 3) == (ends.rig.store.refused, ends.recorded, await ends.rig.statuses())
    assert [] == caplog.records
    ends.rig.store.failing = False
    await clock.advance(1)
    assert [True] == [one.accepted for one in ends.recorded]
    assert 1 == (await ends.rig.statuses()).count("succeeded")


async def test_what_there_is_room_for_is_recorded(ends: Ends, clock: VirtualClock) -> None:
    """A disk that has room for one verdict and not for three takes them one by one."""

    class Narrow(Counting):
        async def write(self, unit: Callable[[Transaction], Any]) -> Any:
            if isinstance(unit, partial) and len(unit.keywords["batch"]) > 1:
                raise StateFullError(Path("state.db"), "database or disk is full")
            return await super().write(unit)

    narrow = Narrow()
    narrow._ledger = ends.rig.store._ledger
    ends.recorder._store = narrow
    ends.put(0, 1, 2)
    await clock.advance(3)
    assert ["succeeded"] * 3 == await ends.rig.statuses()
    assert [True] * 3 == [one.accepted for one in ends.recorded]


async def test_settle_says_when_the_store_refuses(ends: Ends, clock: VirtualClock) -> None:
    """Who must plan on the verdict learns that it cannot, and is not kept waiting for ever."""
    ends.rig.store.failing = True
    ends.put(0)
    with pytest.raises(StoreError, match="verdicts"):
        await ends.recorder.settle(["a"])
    await ends.recorder.settle(["b", "c"])
    ends.rig.store.failing = False
    await clock.advance(1)
    await ends.recorder.settle(["a"])
    assert 1 == len(ends.recorded)


async def test_given_up_it_drops_what_the_store_refuses(
    ends: Ends, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The run goes out of the hands of this process; the next start finds it running, hence interrupted."""
    ends.rig.store.failing = True
    ends.put(0, 1)
    ends.recorder.give_up()
    await clock.advance(1)
    assert [None, None] == [one.accepted for one in ends.recorded]
    assert (1, ["running"] * 3) == (ends.rig.store.refused, await ends.rig.statuses())
    assert ["verdicts_lost"] == [record.event for record in caplog.records if hasattr(record, "event")]


async def test_a_bug_costs_one_run_its_verdict(
    ends: Ends, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The others of the batch are recorded."""
    planner, broken = ends.rig.engine.planner, ends.claims[1]
    right = type(planner).finish

    def finish(self: Any, tx: Transaction, claim: Claim, **end: Any) -> Any:
        if claim is broken:
            raise ZeroDivisionError("a bug")
        return right(self, tx, claim, **end)

    monkeypatch.setattr(type(planner), "finish", finish)
    ends.put(0, 1, 2)
    await ends.recorder.settle_all()
    assert ["succeeded", "running", "succeeded"] == [
        str(run.status) for run in sorted(await ends.rig.runs(), key=lambda run: run.job_uid)
    ]
    assert [True, None, True] == [one.accepted for one in ends.recorded]
    assert ["verdict_failed"] == [record.event for record in caplog.records if hasattr(record, "event")]


async def test_an_end_of_another_attempt_is_rejected(ends: Ends) -> None:
    """What was recorded meanwhile stands."""
    claim = ends.claims[0]
    cut = Outcome(error="the service ended while this ran")
    await ends.rig.store.write(
        lambda tx: tx.finish_run(
            claim.run.id, attempt=1, status=RunStatus.INTERRUPTED, at=ends.rig.clock.now(), outcome=cut
        )
    )
    ends.put(0)
    await settle()
    assert [False] == [one.accepted for one in ends.recorded]
    assert 1 == (await ends.rig.statuses()).count("interrupted")
