"""What goes on beside an engine: with it, and no longer; for embedded schedulers too."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from schedrun import SchedulerConfig, TaskScheduler, create_scheduler_lifespan
from schedrun.core.run.recorded import Request
from schedrun.reconcile import requests
from schedrun.reconcile.requests import Answer
from schedrun.service.embedding import attended
from schedrun.stores.sqlite import SqliteStore
from tests.virtual import VirtualClock

pytestmark = pytest.mark.anyio


async def until(clock: VirtualClock, holds: Callable[[], Awaitable[object]]) -> None:
    """Let time pass until it holds."""
    for _ in range(2_000):
        if await holds():
            return
        await clock.advance(0.05)
    pytest.fail("it never came to hold")


async def ask(state: Path, clock: VirtualClock, verb: str, **arguments: object) -> Answer:
    """Ask whoever is active on the state, as a command in another process does."""
    store = await SqliteStore.open(state)
    request = Request(f"{verb} at {clock.monotonic()}", verb, arguments, "ada", clock.now())
    asked = asyncio.ensure_future(requests.ask(store, request, clock=clock))

    async def done() -> bool:
        return asked.done()

    try:
        await until(clock, done)
        return asked.result()
    finally:
        await store.close()


def scheduler_on(state: Path, clock: VirtualClock) -> TaskScheduler:
    """Return a scheduler with one job that is not started."""
    scheduler = TaskScheduler(SchedulerConfig(state=state), clock=clock, timer=clock.timer)

    @scheduler.interval(minutes=5, job_id="beat")
    async def beat() -> None: ...

    return scheduler


async def test_an_embedded_scheduler_answers_commands(tmp_path: Path, clock: VirtualClock) -> None:
    """From its start to its end, and again after the next start."""
    state = tmp_path / "state.db"
    lifespan = create_scheduler_lifespan(scheduler_on(state, clock))
    for _ in range(2):
        async with lifespan(None):
            assert "beat" == (await ask(state, clock, "pause", job="beat", reason="x"))["job"]
            assert "running" == (await ask(state, clock, "trigger", job="beat"))["status"]
            assert {"records": 0, "runs": 0}.items() <= (await ask(state, clock, "prune")).items()


async def test_it_begins_and_ends_with_the_engine(tmp_path: Path, clock: VirtualClock) -> None:
    """Nothing of it is left behind, and nobody answers any more."""
    scheduler = scheduler_on(tmp_path / "state.db", clock)
    before = asyncio.all_tasks()
    upkeep = attended(scheduler)
    assert upkeep is attended(scheduler)
    await scheduler.start()
    assert {"answer requests", "prune hourly"} <= {task.get_name() for task in asyncio.all_tasks() - before}
    await scheduler.shutdown()
    assert set() == {task for task in asyncio.all_tasks() - before if task.get_name() == "answer requests"}
    await upkeep.answer_now()


async def test_who_comes_late_goes_on_from_there(tmp_path: Path, clock: VirtualClock) -> None:
    """A scheduler that is active already is attended to at once."""
    state = tmp_path / "state.db"
    scheduler = scheduler_on(state, clock)
    await scheduler.start()
    attended(scheduler)
    assert "beat" == (await ask(state, clock, "pause", job="beat"))["job"]
    await scheduler.shutdown(wait=False)


async def test_old_history_of_an_embedded_scheduler_is_forgotten(tmp_path: Path, clock: VirtualClock) -> None:
    """After 90 days, at the next start."""
    state = tmp_path / "state.db"
    scheduler = scheduler_on(state, clock)
    lifespan = create_scheduler_lifespan(scheduler)
    async with lifespan(None):
        await ask(state, clock, "trigger", job="beat")
    clock.step(timedelta(days=91).total_seconds())
    async with lifespan(None):
        engine = scheduler.live.engine
        assert engine is not None

        async def forgotten() -> bool:
            runs = await engine.store.read(lambda reader: reader.runs())
            return not any(run.kind == "manual" for run in runs)

        await until(clock, forgotten)
