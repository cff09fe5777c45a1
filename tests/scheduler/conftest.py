"""What the scheduler's tests share."""

from collections.abc import AsyncIterator

import pytest

from schedrun import TaskScheduler
from tests.scheduler.rig import Rig
from tests.virtual import VirtualClock


@pytest.fixture
async def scheduler(clock: VirtualClock) -> AsyncIterator[TaskScheduler]:
    """Give a scheduler in virtual time and shut it down after the test."""
    scheduler = TaskScheduler(clock=clock, timer=clock.timer)
    yield scheduler
    await scheduler.shutdown(wait=False)


@pytest.fixture
async def rig(clock: VirtualClock) -> AsyncIterator[Rig]:
    """Give an engine that was not begun, and end it after the test."""
    rig = Rig(clock)
    yield rig
    await rig.end()
