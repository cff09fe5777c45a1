"""People who act while the scheduler ends, or who stop waiting: what was claimed for them still starts."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from schedrun.core.status import Origin
from schedrun.protocols import Transaction
from schedrun.scheduler import control
from tests.scheduler.rig import FlakyStore, Rig, a_job
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio

T = TypeVar("T")


class SlowToAnswer(FlakyStore):
    """A ledger that commits at once; while `answers` is clear its callers do not hear of it."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()
        self.answers.set()

    async def write(self, unit: Callable[[Transaction], T]) -> T:
        result = await super().write(unit)
        await self.answers.wait()
        return result


async def test_a_trigger_that_nobody_waits_for_any_more_starts_its_run(clock: VirtualClock) -> None:
    """The ledger says that it runs."""
    store = SlowToAnswer()
    rig = Rig(clock, store)
    await rig.begin(a_job(clock))
    store.answers.clear()
    asking = asyncio.create_task(control.trigger(rig.engine, "set/a", request_id="q", now=clock.now()))
    await settle()
    asking.cancel()
    await settle()
    store.answers.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await settle()
    (run,) = await rig.runs()
    assert [run.id] == [context.run_id for context in rig.work.begun]
    await rig.end()


async def test_a_removal_that_nobody_waits_for_any_more_starts_what_was_due(clock: VirtualClock) -> None:
    """It came due before, and the ledger says that it runs."""
    store = SlowToAnswer()
    rig = Rig(clock, store)
    await rig.begin(a_job(clock, row={"origin": Origin.CODE}))
    clock.step(60)
    store.answers.clear()
    removing = asyncio.create_task(control.remove(rig.engine, "set/a", now=clock.now()))
    await settle()
    removing.cancel()
    await settle()
    store.answers.set()
    with pytest.raises(asyncio.CancelledError):
        await removing
    await settle()
    (run,) = await rig.runs()
    assert [run.id] == [context.run_id for context in rig.work.begun]
    await rig.end()


async def test_a_shutdown_waits_for_what_was_just_claimed(clock: VirtualClock) -> None:
    """It is started and drained like every other run, never left behind as running."""
    store = SlowToAnswer()
    rig = Rig(clock, store)
    await rig.begin(a_job(clock))
    store.answers.clear()
    asking = asyncio.create_task(control.trigger(rig.engine, "set/a", request_id="q", now=clock.now()))
    await settle()
    ending = asyncio.create_task(rig.engine.shut_down(drain=timedelta(0)))
    await settle()
    store.answers.set()
    run = await asking
    (cut,) = await ending
    assert run.id == cut.run.id
    assert ["interrupted"] == await rig.statuses()
