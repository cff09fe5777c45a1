"""Code jobs on a state that outlives the process: same rows, and no fire lost or doubled over a restart."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import schedrun
from schedrun import JobStatus, SchedulerConfig, TaskScheduler
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.status import SpanStatus
from schedrun.stores.readonly import open_reader
from tests.scheduler.ledger import other
from tests.virtual import VirtualClock

pytestmark = pytest.mark.anyio

Declare = Callable[[TaskScheduler], object]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def fired() -> list[datetime]:
    return []


@asynccontextmanager
async def running(state: Path, clock: VirtualClock, *declare: Declare) -> AsyncIterator[TaskScheduler]:
    """Run a scheduler as one process after another would."""
    scheduler = TaskScheduler(SchedulerConfig(state=state), clock=clock, timer=clock.timer)
    for one in declare:
        one(scheduler)
    await scheduler.start()
    try:
        yield scheduler
    finally:
        await until_recorded(scheduler)
        await scheduler.shutdown(wait=False)


async def until_recorded(scheduler: TaskScheduler) -> None:
    """Wait for the writer's thread: virtual time does not."""
    engine = scheduler._live.engine
    assert engine is not None
    await engine.settle()


async def pass_time(scheduler: TaskScheduler, clock: VirtualClock, *, minutes: int) -> None:
    for _ in range(minutes):
        await clock.advance(60)
        await until_recorded(scheduler)


def rows(state: Path, *, tombstones: bool = False) -> Sequence[RecordedJob]:
    with open_reader(state) as reader:
        return reader.read(lambda asked: asked.jobs(tombstones=tombstones))


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def every_minute(fired: list[datetime]) -> Declare:
    """Declare `work`, which notes its fire time."""

    def declare(scheduler: TaskScheduler) -> None:
        @scheduler.interval(minutes=1)
        async def work() -> None:
            fired.append(schedrun.current_run().fire_time)

    return declare


async def test_a_restart_finds_its_row(state: Path, clock: VirtualClock) -> None:
    """Same uid, and the cursor goes on from where it was."""
    async with running(state, clock, every_minute([])):
        pass
    (first,) = rows(state)
    await clock.advance(30)
    async with running(state, clock, every_minute([])):
        pass
    assert first == rows(state)[0]


async def test_no_fire_is_lost_or_doubled_over_restarts(
    state: Path, clock: VirtualClock, fired: list[datetime]
) -> None:
    """What came due while nothing ran is caught up as the policy says: the latest runs, the rest is superseded."""
    begin = clock.now()
    async with running(state, clock, every_minute(fired)) as scheduler:
        await pass_time(scheduler, clock, minutes=2)
    await clock.advance(210)
    for _ in range(3):
        async with running(state, clock, every_minute(fired)) as scheduler:
            await until_recorded(scheduler)
    assert [begin + timedelta(minutes=minute) for minute in (1, 2, 5)] == fired
    with open_reader(state) as reader:
        (span,) = reader.read(lambda asked: asked.spans())
    assert (SpanStatus.SUPERSEDED, 2, begin + timedelta(minutes=3)) == (span.status, span.count, span.first)


async def test_a_one_time_job_runs_once_for_ever(state: Path, clock: VirtualClock, fired: list[datetime]) -> None:
    """Declared again in its past, it is completed."""
    instant = clock.now() + timedelta(minutes=1)

    def declare(scheduler: TaskScheduler) -> None:
        @scheduler.at(instant)
        async def once() -> None:
            fired.append(instant)

    async with running(state, clock, declare) as scheduler:
        await pass_time(scheduler, clock, minutes=2)
    async with running(state, clock, declare) as scheduler:
        await pass_time(scheduler, clock, minutes=2)
        assert JobStatus.COMPLETED is (await scheduler.get_job("once")).status
    assert [instant] == fired


async def test_an_undeclared_job_is_buried_and_comes_back_with_its_row(
    state: Path, clock: VirtualClock, fired: list[datetime]
) -> None:
    """Gone from the answers, kept as a tombstone; what it missed meanwhile is not caught up."""
    async with running(state, clock, every_minute(fired)) as scheduler:
        await pass_time(scheduler, clock, minutes=1)
    (first,) = rows(state)
    async with running(state, clock) as scheduler:
        assert [] == await scheduler.get_jobs()
        await clock.advance(300)
    (tombstone,) = rows(state, tombstones=True)
    assert (first.uid, True) == (tombstone.uid, tombstone.removed_at is not None)
    async with running(state, clock, every_minute(fired)) as scheduler:
        await until_recorded(scheduler)
        (back,) = rows(state)
        assert (first.uid, None, 1) == (back.uid, back.removed_at, len(fired))
        await pass_time(scheduler, clock, minutes=1)
    assert 2 == len(fired)


async def test_a_new_schedule_begins_now(state: Path, clock: VirtualClock, fired: list[datetime]) -> None:
    """The row stays; what was due under the old schedule is settled under it, and nothing fires retroactively."""
    async with running(state, clock, every_minute(fired)):
        pass
    (before,) = rows(state)
    await clock.advance(330)

    def hourly(scheduler: TaskScheduler) -> None:
        scheduler.cron("30 * * * *", job_id="work")(other)

    async with running(state, clock, hourly) as scheduler:
        await until_recorded(scheduler)
        (info,) = await scheduler.get_jobs()
        assert datetime.fromisoformat("2026-06-01T12:30:00Z") == info.next_run_time
    (after,) = rows(state)
    assert (before.uid, clock.now()) == (after.uid, after.cursor)
    with open_reader(state) as reader:
        assert 1 == len(reader.read(lambda asked: asked.runs()))


async def test_an_override_survives(state: Path, clock: VirtualClock, fired: list[datetime]) -> None:
    """Who paused a job before the restart has paused it after."""
    async with running(state, clock, every_minute(fired)) as scheduler:
        await scheduler.pause_job("work", reason="moving", by="ada")
    async with running(state, clock, every_minute(fired)) as scheduler:
        assert JobStatus.PAUSED is (await scheduler.get_job("work")).status
        await clock.advance(120)
    assert [] == fired


async def test_a_row_that_cannot_be_read_gives_way(
    state: Path, clock: VirtualClock, fired: list[datetime], caplog: pytest.LogCaptureFixture
) -> None:
    """Another version wrote it: the job begins anew, and the log says so."""
    async with running(state, clock, every_minute(fired)):
        pass
    (before,) = rows(state)
    with closing(sqlite3.connect(state)) as connection, connection:
        connection.execute("UPDATE job SET spec = '{}'")
    async with running(state, clock, every_minute(fired)) as scheduler:
        await pass_time(scheduler, clock, minutes=1)
    (after,) = rows(state)
    assert (True, 1) == (before.uid != after.uid, len(fired))
    assert "job_begun_anew" in [getattr(record, "event", None) for record in caplog.records]


async def test_without_a_state_no_file_is_written(
    clock: VirtualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fired: list[datetime]
) -> None:
    """The ledger is in memory, whatever happens."""
    monkeypatch.chdir(tmp_path)
    scheduler = TaskScheduler(clock=clock, timer=clock.timer)
    every_minute(fired)(scheduler)
    await scheduler.start()
    await clock.advance(120)
    await scheduler.shutdown()
    assert (2, []) == (len(fired), files(tmp_path))
