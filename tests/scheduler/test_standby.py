"""Several processes on one state: one is active, the others stand by and take over."""

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest

from schedrun import JobNotFoundError, NotActiveError, SchedulerConfig, TaskScheduler
from schedrun.scheduler.activation import TAKE_OVER_SECONDS
from schedrun.scheduler.engine import Engine
from schedrun.stores.lock import StateLock
from schedrun.stores.sqlite import SqliteStore
from tests.scheduler.ledger import other, runs_of
from tests.scheduler.rig import Work, a_job
from tests.virtual import VirtualClock, settle

PROGRAM = """
import asyncio, sys
import schedrun

async def main():
    scheduler = schedrun.TaskScheduler(schedrun.SchedulerConfig(state=sys.argv[1]))

    @scheduler.interval(seconds=1)
    async def beat():
        print("fired", schedrun.current_run().fire_time.isoformat(), flush=True)

    await scheduler.start()
    print("jobs", *[info.id for info in await scheduler.get_jobs()], flush=True)
    try:
        await scheduler.pause_job("beat")
        await scheduler.resume_job("beat")
        print("active", flush=True)
    except schedrun.NotActiveError as error:
        print("standby", error.pid, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await scheduler.shutdown()
    print("ended", flush=True)

asyncio.run(main())
"""
ATTEMPTS = 12_000


class Program:
    """A process with a scheduler on `state`, and what it said so far."""

    def __init__(self, state: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def fired(self) -> list[str]:
        return [line.split()[1] for line in self.lines if line.startswith("fired")]

    def until(self, condition: Callable[[], bool]) -> None:
        for _ in range(ATTEMPTS):
            if condition():
                return
            sleep(0.01)
        raise AssertionError(f"it only said {self.lines}")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.close()

    def close(self) -> None:
        """End it, if it has not ended, and read the rest of what it said."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(120)
        self._reading.join()
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(line.strip() for line in self.process.stdout)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Callable[[], Program]]:
    """Give what starts a process on the test's state, and end those that are left after it."""
    started: list[Program] = []

    def start() -> Program:
        started.append(Program(tmp_path / "state.db"))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.kill()


@pytest.mark.real_time
@pytest.mark.parametrize("end", ["kill", "close"])
def test_a_standby_takes_over_and_nothing_fires_twice(program: Callable[[], Program], end: str) -> None:
    """While the first is active the second answers and fires nothing; after its end it fires what follows."""
    first = program()
    first.until(lambda: "active" in first.lines and bool(first.fired()))
    second = program()
    second.until(lambda: f"standby {first.process.pid}" in second.lines)
    assert ["jobs beat", f"standby {first.process.pid}"] == second.lines
    count = len(first.fired())
    first.until(lambda: len(first.fired()) > count)
    assert [] == second.fired()
    getattr(first, end)()
    second.until(lambda: len(second.fired()) >= 2)
    second.close()
    assert "ended" in second.lines
    fired = [*first.fired(), *second.fired()]
    assert sorted(set(fired)) == fired


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def embedded(state: Path, clock: VirtualClock) -> TaskScheduler:
    return TaskScheduler(SchedulerConfig(state=state), clock=clock, timer=clock.timer)


async def until_active(scheduler: TaskScheduler, clock: VirtualClock) -> Engine:
    async with asyncio.timeout(20):
        while scheduler._live.engine is None:
            await clock.advance(TAKE_OVER_SECONDS)
            await asyncio.sleep(0.01)
    return scheduler._live.engine


@pytest.mark.anyio
class TestStandingBy:
    """A scheduler whose state another holds."""

    async def test_answers_and_refuses_by_name(self, state: Path, clock: VirtualClock) -> None:
        """What it declared meanwhile is answered too, and recorded by the take-over."""
        lock = StateLock(state)
        lock.acquire(4_000_000, clock.now())
        scheduler = embedded(state, clock)
        scheduler.interval(minutes=1, job_id="early")(other)
        await scheduler.start()
        assert ["early"] == [info.id for info in await scheduler.get_jobs()]
        assert "late" == (await scheduler.add_interval_job(other, "late", minutes=1)).id
        for call in (scheduler.run_job, scheduler.pause_job, scheduler.resume_job, scheduler.remove_job):
            with pytest.raises(NotActiveError, match=r"state\.db is held by"):
                await call("early")
        lock.release()
        await until_active(scheduler, clock)
        assert ["early", "late"] == [info.id for info in await scheduler.get_jobs()]
        await clock.advance(60)
        await scheduler.shutdown()

    async def test_answers_from_the_store_of_the_active_one(self, state: Path, clock: VirtualClock) -> None:
        """Jobs that only the other declares, and their pauses."""
        active, standby = embedded(state, clock), embedded(state, clock)
        active.interval(minutes=1, job_id="theirs")(other)
        await active.start()
        await standby.start()
        await active.pause_job("theirs", by="ada")
        (info,) = await standby.get_jobs()
        assert ("theirs", True) == (info.id, info.paused)
        with pytest.raises(JobNotFoundError):
            await standby.get_job("nobody")
        await standby.shutdown()
        await active.shutdown()

    async def test_ends_while_it_waits(self, state: Path, clock: VirtualClock) -> None:
        """A shutdown on standby leaves the lock to whoever has it, and takes it from nobody."""
        lock = StateLock(state)
        lock.acquire(1, clock.now())
        scheduler = embedded(state, clock)
        await scheduler.start()
        await scheduler.shutdown()
        await scheduler.shutdown()
        lock.release()
        await clock.advance(5)
        assert scheduler._live.engine is None
        assert lock.try_acquire(1, clock.now())
        lock.release()

    async def test_goes_on_waiting_when_a_take_over_fails(
        self, state: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The lock is let go in between, the log tells why, and the next attempt may succeed."""
        lock = StateLock(state)
        lock.acquire(1, clock.now())
        scheduler = embedded(state, clock)
        await scheduler.start()
        failed = asyncio.Event()

        async def fail(self: Engine) -> None:
            failed.set()
            raise ZeroDivisionError("a bug")

        with monkeypatch.context() as patch:
            patch.setattr(Engine, "begin", fail)
            lock.release()
            await clock.advance(TAKE_OVER_SECONDS)
            await asyncio.wait_for(failed.wait(), 20)
            async with asyncio.timeout(20):
                while not lock.try_acquire(1, clock.now()):  # noqa: ASYNC110  a lock tells nobody that it is free
                    await asyncio.sleep(0.01)
        assert "take_over_failed" in [getattr(record, "event", None) for record in caplog.records]
        lock.release()
        await until_active(scheduler, clock)
        await scheduler.shutdown()

    async def test_catches_up_what_came_due_while_nobody_was_active(self, state: Path, clock: VirtualClock) -> None:
        """The take-over plans from the recorded cursor, as a restart does."""
        active, standby = embedded(state, clock), embedded(state, clock)
        for scheduler in (active, standby):
            scheduler.interval(minutes=1, job_id="job")(other)
        await active.start()
        await standby.start()
        begin = clock.now()
        await active.shutdown()
        await clock.suspend(90)
        engine = await until_active(standby, clock)
        await engine.settle()
        assert [begin + timedelta(minutes=1)] == [run.fire_time for run in await runs_of(standby)]
        await standby.shutdown()


@pytest.mark.anyio
async def test_two_that_ignore_the_lock_still_fire_once(state: Path, clock: VirtualClock) -> None:
    """The ledger alone forbids a second run: cursor and unique key move with the claim."""
    work, engines = Work(), []
    work.at_once = True
    for _ in range(2):
        store = await SqliteStore.open(state)
        engines.append(Engine(store=store, clock=clock, timer=VirtualClock(clock.now()).timer, execute=work.execute))
    await engines[0].store.write(lambda tx: tx.put_job(a_job(clock)))
    for engine in engines:
        engine.dispatcher.start()
    begin = clock.now()
    for _ in range(3):
        clock.step(60)
        for engine in engines:
            engine.dispatcher.wake("a")
        await asyncio.gather(*(engine.settle() for engine in engines))
    await settle()
    assert [begin + timedelta(minutes=minute) for minute in (1, 2, 3)] == work.fires
    for engine in engines:
        await engine.shut_down(drain=timedelta(0))
        await engine.store.close()
