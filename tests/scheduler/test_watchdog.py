"""The watchdog over a real loop that really stands still."""

import asyncio
import logging
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest

from schedrun import TaskScheduler
from schedrun.clock import SystemClock
from schedrun.core.run.recorded import Event
from schedrun.protocols import Reader
from schedrun.scheduler import watchdog as watchdog_module
from schedrun.scheduler.watchdog import Watchdog
from tests.virtual import VirtualClock

pytestmark = [pytest.mark.anyio, pytest.mark.real_time]

DEADLINE = 120.0
PLACE = re.compile(re.escape(__file__) + r":\d+ in (\w+)")


class Told(logging.Handler):
    """What the watchdog logs; the first warning sets `warned`."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.warned = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        if record.levelno == logging.WARNING:
            self.warned.set()

    def facts(self, *names: str) -> list[tuple[object, ...]]:
        """Return of each line these of its fields, None where it has none."""
        return [tuple(getattr(record, name, None) for name in names) for record in self.records]

    @property
    def places(self) -> set[str]:
        """The functions of this file that were named."""
        named = [PLACE.fullmatch(str(place)) for (place,) in self.facts("place")]
        return {found[1] if found else "elsewhere" for found in named}


@pytest.fixture(scope="module")
def letters() -> int:
    """Return for how many letters `hold` takes seconds of CPU here; measured before anything is watched."""
    for some in count(16):
        # Whoever shares a core makes one measurement long, and the call that is watched may have the core alone.
        if min(held_for(some) for _ in range(3)) > 0.12:
            return some + 4
    raise AssertionError


def held_for(letters: int) -> float:
    """Return for how many seconds of CPU `hold` keeps the interpreter."""
    begin = time.thread_time()
    hold(letters)
    return time.thread_time() - begin


def hold(letters: int) -> None:
    """Keep the interpreter for one long call."""
    re.match("(a+)+$", "a" * letters + "b")


@pytest.fixture
def told() -> Iterator[Told]:
    """Return what the watchdog logs from now on."""
    told = Told()
    watchdog_module.log.addHandler(told)
    level = watchdog_module.log.level
    watchdog_module.log.setLevel(logging.INFO)
    yield told
    watchdog_module.log.removeHandler(told)
    watchdog_module.log.setLevel(level)


@pytest.fixture
async def scheduler() -> AsyncIterator[TaskScheduler]:
    """Give a scheduler with the real timer that was started."""
    scheduler = TaskScheduler()
    await scheduler.start()
    yield scheduler
    await scheduler.shutdown(wait=False)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not holds():  # noqa: ASYNC110  a thread has no event here
            await asyncio.sleep(0.01)


async def ran(scheduler: TaskScheduler, function: Callable[[], object]) -> str:
    """Run `function` as the job `sleepy` and return the run's id."""
    await scheduler.add_interval_job(function, "sleepy", hours=1)
    return await scheduler.run_job("sleepy")


async def events(scheduler: TaskScheduler) -> list[Event]:
    """Return what the ledger has of blockages once there is any; how long its beat was late is another event."""
    engine = scheduler._live.engine
    assert engine is not None
    async with asyncio.timeout(DEADLINE):
        while not (recorded := await engine.store.read(_events)):  # noqa: ASYNC110  a store has no event here
            await asyncio.sleep(0.01)
    return list(recorded)


def _events(reader: Reader) -> Sequence[Event]:
    return [event for event in reader.events() if event.name == "loop_blocked"]


def watching() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == watchdog_module.NAME]


async def test_names_the_run_that_blocks_and_when_it_lets_go(scheduler: TaskScheduler, told: Told) -> None:
    """One warning, one line when the loop goes on, and one event in the ledger."""

    async def blocks() -> None:
        assert told.warned.wait(DEADLINE)

    run = await ran(scheduler, blocks)
    (event,) = await events(scheduler)
    expected = [("loop_blocked", "sleepy", run), ("loop_goes_on", "sleepy", run)]
    assert expected == told.facts("event", "job", "run")
    assert {"blocks"} == told.places
    last = told.records[-1].__dict__
    facts = {"seconds": last["seconds"], "job": "sleepy", "run": run, "place": last["place"]}
    assert ("loop_blocked", facts) == (event.name, event.facts)
    assert watchdog_module.PATIENCE_SECONDS <= last["seconds"]


@pytest.mark.parametrize("left", ["task", "callback"])
async def test_names_the_run_that_left_it_to_the_loop(scheduler: TaskScheduler, told: Told, left: str) -> None:
    """A task or a callback of a run's function has no name of the run, and may outlive it."""

    def blocks() -> None:
        assert told.warned.wait(DEADLINE)

    async def in_task() -> None:
        blocks()

    async def leaves() -> None:
        if left == "task":
            await asyncio.create_task(in_task())
        else:
            asyncio.get_running_loop().call_later(0.01, blocks)

    run = await ran(scheduler, leaves)
    await events(scheduler)
    assert [("sleepy", run)] * 2 == told.facts("job", "run")
    assert {"blocks"} == told.places


async def test_names_the_run_that_holds_the_interpreter(letters: int, scheduler: TaskScheduler, told: Told) -> None:
    """One long call of a C function stops every thread, the watchdog too: it is named as soon as that returns."""

    async def holds() -> None:
        hold(letters)

    run = await ran(scheduler, holds)
    await events(scheduler)
    assert [("sleepy", run)] * 2 == told.facts("job", "run")
    assert told.places <= {"hold", "holds"}


async def test_names_the_run_whose_thread_holds_the_interpreter(
    letters: int, scheduler: TaskScheduler, told: Told
) -> None:
    """Functions off the loop block it too when they never let go; the busiest of them is named."""

    def holds() -> None:
        there.set()
        begun.wait(DEADLINE)
        hold(letters)
        assert told.warned.wait(DEADLINE)

    there, begun = threading.Event(), threading.Event()
    run = await ran(scheduler, holds)
    await until(there.is_set)  # or the loop would still be about to start the thread
    begun.set()
    await events(scheduler)
    assert [("sleepy", run)] * 2 == told.facts("job", "run")
    assert told.places <= {"hold", "holds"}


async def test_names_what_is_no_run_by_its_place_alone(scheduler: TaskScheduler, told: Told) -> None:
    """Such as code of the application around the scheduler."""

    def blocks() -> None:
        assert told.warned.wait(DEADLINE)

    asyncio.get_running_loop().call_soon(blocks)
    (event,) = await events(scheduler)
    assert [("loop_blocked", None, None), ("loop_goes_on", None, None)] == told.facts("event", "job", "run")
    assert {"blocks"} == told.places
    assert {"seconds", "place"} == event.facts.keys()


async def test_a_process_that_was_stopped_is_not_blocked() -> None:
    """Time went on, but nothing of the process ran: the loop is about to go on, whatever it was doing."""

    class Jumping(SystemClock):
        def __init__(self) -> None:
            self.hours = 0

        def monotonic(self) -> float:
            self.hours += 1
            return 3600.0 * self.hours

    stretch = watchdog_module._Stretch(Jumping(), watchdog_module._LoopThread())
    assert not stretch.wait(threading.Event(), 0.01)
    assert watchdog_module.PATIENCE_SECONDS > stretch.stood
    assert not stretch.held


async def test_ends_with_the_scheduler() -> None:
    """Another start has a watchdog of its own."""
    scheduler = TaskScheduler()
    await until(lambda: not watching())
    for _ in range(2):
        await scheduler.start()
        assert 1 == len(watching())
        await scheduler.shutdown()
        await until(lambda: not watching())


async def test_watches_no_virtual_time(clock: VirtualClock) -> None:
    """A clock that stands proves nothing."""
    scheduler = TaskScheduler(clock=clock, timer=clock.timer)
    await until(lambda: not watching())
    await scheduler.start()
    assert not watching()
    await scheduler.shutdown()


async def test_survives_a_loop_that_was_closed() -> None:
    """An application may let go of its loop without a shutdown."""

    def run() -> None:
        async def work() -> None:
            Watchdog(SystemClock()).start(job_of=lambda run_id: None, on_over=lambda event: None)

        asyncio.run(work())

    await asyncio.to_thread(run)
    await until(lambda: not watching())


def test_says_the_innermost_place_that_is_the_applications() -> None:
    """A line of the standard library or of asyncio tells nobody which code it was."""
    stdlib, ours = Path(threading.__file__), Path(watchdog_module.__file__)
    assert watchdog_module._is_standard(str(stdlib))
    assert watchdog_module._is_standard("<frozen importlib._bootstrap>")
    assert not watchdog_module._is_standard(str(stdlib.parent / "site-packages" / "yaml" / "reader.py"))
    assert not watchdog_module._is_standard(str(ours))
    assert "unknown" == watchdog_module._place([])
