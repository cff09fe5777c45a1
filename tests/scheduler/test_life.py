"""Start and shutdown, in virtual time."""

import asyncio

import pytest

from schedrun import (
    TaskScheduler,
)
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


class TestLife:
    """Start and shutdown."""

    async def test_both_are_idempotent(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """Twice is as good as once, and a scheduler starts again after its end."""
        fired: list[int] = []

        @scheduler.interval(minutes=1)
        async def work() -> None:
            fired.append(1)

        await scheduler.shutdown()
        await scheduler.start()
        await scheduler.start()
        await clock.advance(60)
        await scheduler.shutdown()
        await scheduler.shutdown()
        await clock.advance(600)
        assert [1] == fired
        await scheduler.start()
        await clock.advance(60)
        assert [1, 1] == fired

    async def test_shutdown_drains(self, clock: VirtualClock) -> None:
        """A running job may end before the scheduler has."""
        scheduler = TaskScheduler(clock=clock, timer=clock.timer)
        finish = asyncio.Event()
        ended: list[bool] = []

        @scheduler.interval(minutes=1)
        async def work() -> None:
            await finish.wait()
            ended.append(True)

        await scheduler.start()
        await clock.advance(60)
        ending = asyncio.create_task(scheduler.shutdown(wait=True))
        await settle()
        assert (False, []) == (ending.done(), ended)
        finish.set()
        await ending
        assert [True] == ended

    async def test_shutdown_without_waiting_interrupts(self, clock: VirtualClock) -> None:
        """What is cut off is cancelled, not waited for."""
        scheduler = TaskScheduler(clock=clock, timer=clock.timer)
        cut: list[bool] = []

        @scheduler.interval(minutes=1)
        async def work() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cut.append(True)
                raise

        await scheduler.start()
        await clock.advance(60)
        await scheduler.shutdown(wait=False)
        assert [True] == cut
