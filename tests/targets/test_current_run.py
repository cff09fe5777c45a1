"""Which run the code that asks is part of."""

import asyncio
from collections.abc import Callable

import pytest

from schedrun.protocols import RunContext
from schedrun.targets.call import call
from schedrun.targets.current_run import CurrentRun, NoCurrentRunError, current_run
from tests.targets.contexts import FIRE_TIME, RUN_ID, run_context

RUN = CurrentRun("billing/close-day", RUN_ID, 2, FIRE_TIME)


def run(function: Callable[[], object]) -> None:
    asyncio.run(call(function, (), {}, context=run_context()))


def test_is_known_in_coroutines_their_tasks_and_threads() -> None:
    """Wherever the function's code runs."""
    seen = []

    async def coroutine_function() -> None:
        seen.append(current_run())
        await asyncio.create_task(in_task())
        await asyncio.to_thread(lambda: seen.append(current_run()))

    async def in_task() -> None:
        seen.append(current_run())

    run(coroutine_function)
    run(lambda: seen.append(current_run()))
    assert [RUN] * 4 == seen


def test_is_nothing_outside_a_run() -> None:
    """Also right after one in the same task."""

    async def work(context: RunContext) -> None:
        await call(lambda: None, (), {}, context=context)
        current_run()

    with pytest.raises(NoCurrentRunError, match="not called by a run"):
        asyncio.run(work(run_context()))
    with pytest.raises(LookupError):
        current_run()
