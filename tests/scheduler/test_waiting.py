"""Waiting for a hint or a moment, whichever comes first."""

import asyncio

import pytest

from schedrun.scheduler import waiting
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


async def test_the_hint_ends_it_before_the_moment(clock: VirtualClock) -> None:
    """A wait with time left returns when the hint is set."""
    hint = asyncio.Event()
    waits = asyncio.create_task(waiting.for_hint(hint, clock=clock, seconds=60))
    await clock.advance(59)
    assert not waits.done()
    hint.set()
    await settle()
    assert waits.done()


async def test_the_moment_ends_it_without_a_hint(clock: VirtualClock) -> None:
    """A hint that never comes is waited for no longer than that."""
    waits = asyncio.create_task(waiting.for_hint(asyncio.Event(), clock=clock, seconds=60))
    await clock.advance(60)
    assert waits.done()


async def test_without_a_moment_time_ends_nothing(clock: VirtualClock) -> None:
    """None waits for the hint alone."""
    hint = asyncio.Event()
    waits = asyncio.create_task(waiting.for_hint(hint, clock=clock, seconds=None))
    await clock.advance(10_000)
    assert not waits.done()
    hint.set()
    await settle()
    assert waits.done()


async def test_who_is_cancelled_leaves_nothing_waiting(clock: VirtualClock) -> None:
    """Neither the sleep nor the wait for the hint goes on alone."""
    before = asyncio.all_tasks()
    waits = asyncio.create_task(waiting.for_hint(asyncio.Event(), clock=clock, seconds=60))
    await settle()
    waits.cancel()
    await settle()
    assert before == asyncio.all_tasks()
