"""What comes while the scheduler starts, ends or fails."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schedrun import JobNotFoundError, NotStartedError, SchedulerConfig, TaskScheduler
from schedrun.core.errors import StoreError
from schedrun.protocols import Transaction
from schedrun.scheduler.declarations import Declaration
from schedrun.scheduler.engine import Engine
from schedrun.scheduler.live import LiveScheduler, ManifestSide
from schedrun.stores.lock import StateLock
from schedrun.stores.memory import MemoryStore
from schedrun.stores.sqlite import SqliteStore
from tests.scheduler.ledger import other, runs_of
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


def on_disk(state: Path, clock: VirtualClock) -> TaskScheduler:
    return TaskScheduler(SchedulerConfig(state=state), clock=clock, timer=clock.timer)


def is_free(state: Path, clock: VirtualClock) -> bool:
    lock = StateLock(state)
    free = lock.try_acquire(1, clock.now())
    lock.release()
    return free


def fail_writes(monkeypatch: pytest.MonkeyPatch, store: type[Any]) -> None:
    async def write(self: object, unit: Callable[[Transaction], Any]) -> Any:
        raise StoreError("the disk is full")

    monkeypatch.setattr(store, "write", write)


class TestDeclaringMeanwhile:
    """Declarations that come at any moment."""

    async def test_during_the_start(
        self, scheduler: TaskScheduler, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A job that is declared or removed while the rows are written is live, or gone, after the start."""
        begin = Engine.begin

        async def begin_slowly(self: Engine) -> None:
            scheduler.interval(minutes=1, job_id="late")(other)
            await scheduler.remove_job("early")
            await begin(self)

        monkeypatch.setattr(Engine, "begin", begin_slowly)
        await scheduler.add_interval_job(other, "early", minutes=1)
        await scheduler.start()
        assert ["late"] == [info.id for info in await scheduler.get_jobs()]
        await clock.advance(61)
        assert 1 == len(await runs_of(scheduler))

    async def test_during_the_shutdown(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """A running job may add another one while the scheduler waits for it; the next start knows both."""

        @scheduler.interval(minutes=1)
        async def work() -> None:
            await ending.wait()
            await scheduler.add_interval_job(other, "added", minutes=1)

        ending = asyncio.Event()
        await scheduler.start()
        await clock.advance(60)
        stopping = asyncio.create_task(scheduler.shutdown())
        await settle()
        ending.set()
        await asyncio.wait_for(stopping, 20)
        await scheduler.start()
        assert ["added", "work"] == [info.id for info in await scheduler.get_jobs()]

    async def test_on_another_thread_nothing_is_half_declared(self, scheduler: TaskScheduler) -> None:
        """A decorator away from the event loop of a running scheduler raises, and the id stays free."""
        await scheduler.start()
        raised: list[Exception] = []

        def declare() -> None:
            try:
                scheduler.interval(minutes=1, job_id="job")(other)
            except RuntimeError as error:
                raised.append(error)

        thread = threading.Thread(target=declare)
        thread.start()
        thread.join()
        assert 1 == len(raised)
        await scheduler.add_interval_job(other, "job", minutes=1)

    async def test_what_the_store_refuses_is_not_declared(
        self, scheduler: TaskScheduler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The caller is told, and may say it again."""
        await scheduler.start()
        with monkeypatch.context() as patch:
            fail_writes(patch, MemoryStore)
            with pytest.raises(StoreError, match="disk"):
                await scheduler.add_interval_job(other, "job", minutes=1)
        assert "job" == (await scheduler.add_interval_job(other, "job", minutes=1)).id

    async def test_a_decorator_that_was_not_recorded_is_told(
        self, scheduler: TaskScheduler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By the next call, and a shutdown ends all the same."""
        await scheduler.start()
        with monkeypatch.context() as patch:
            fail_writes(patch, MemoryStore)
            scheduler.interval(minutes=1, job_id="one")(other)
            with pytest.raises(StoreError, match="disk"):
                await scheduler.get_jobs()
            scheduler.interval(minutes=1, job_id="two")(other)
            with pytest.raises(StoreError, match="disk"):
                await scheduler.shutdown()
        assert scheduler._live.engine is None

    async def test_what_was_due_when_it_was_removed_still_runs(
        self, scheduler: TaskScheduler, clock: VirtualClock
    ) -> None:
        """Its function is found although its declaration goes in the same moment."""
        ran: list[int] = []

        async def work() -> None:
            ran.append(1)

        await scheduler.start()
        await scheduler.add_interval_job(work, "work", minutes=1)
        clock.step(60)
        await scheduler.remove_job("work")
        await settle()
        assert [1] == ran
        assert ["succeeded"] == [str(run.status) for run in await runs_of(scheduler)]


class TestBeforeTheStart:
    """What may be asked of a scheduler that has not started."""

    @pytest.mark.parametrize("call", ["pause_job", "resume_job", "run_job"])
    async def test_acting_on_a_job_says_to_start_first(self, scheduler: TaskScheduler, call: str) -> None:
        """It names the job; an unknown one is unknown."""
        await scheduler.add_interval_job(other, "job", minutes=1)
        with pytest.raises(NotStartedError, match=r"'job'; call `await scheduler.start\(\)` first"):
            await getattr(scheduler, call)("job")
        with pytest.raises(JobNotFoundError, match="'nobody'"):
            await getattr(scheduler, call)("nobody")

    async def test_removing_and_asking_work(self, scheduler: TaskScheduler) -> None:
        """Declarations are known before any store is."""
        await scheduler.add_interval_job(other, "job", minutes=1)
        assert "job" == (await scheduler.get_job("job")).id
        await scheduler.remove_job("job")
        assert [] == await scheduler.get_jobs()
        with pytest.raises(JobNotFoundError, match="'job'"):
            await scheduler.remove_job("job")


class TestStartAndShutdown:
    """However one of them ends, lock and store are let go."""

    async def test_shutdown_waits_for_a_start_that_is_under_way(self, state: Path, clock: VirtualClock) -> None:
        """Said at once, both happen, in that order."""
        scheduler = on_disk(state, clock)
        await asyncio.gather(scheduler.start(), scheduler.shutdown(wait=False))
        assert is_free(state, clock)
        await scheduler.start()
        assert not is_free(state, clock)
        await scheduler.shutdown(wait=False)

    async def test_two_starts_at_once_are_one(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """One engine, one run a fire."""
        scheduler.interval(minutes=1)(other)
        await asyncio.gather(scheduler.start(), scheduler.start())
        await clock.advance(60)
        assert 1 == len(await runs_of(scheduler))

    @pytest.mark.parametrize("fails", ["take_over", "begin"])
    async def test_a_failed_start_lets_go(
        self, state: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, fails: str
    ) -> None:
        """Another process may have the state, and a second start is a first one."""
        scheduler = on_disk(state, clock)

        async def fail(self: Engine) -> None:
            raise ZeroDivisionError("a bug")

        with monkeypatch.context() as patch:
            patch.setattr(Engine, fails, fail)
            with pytest.raises(ZeroDivisionError):
                await scheduler.start()
        assert is_free(state, clock)
        await scheduler.start()
        assert not is_free(state, clock)
        await scheduler.shutdown(wait=False)
        assert is_free(state, clock)

    async def test_a_failed_first_reconcile_lets_go(self, state: Path, clock: VirtualClock) -> None:
        """What is done before the first fire may raise."""

        async def fail(engine: Engine) -> None:
            raise ZeroDivisionError("a bug")

        async def execute(job: object, context: object) -> Any: ...

        side = ManifestSide(execute=execute, before_firing=fail)
        live = LiveScheduler(SchedulerConfig(state=state), None, clock=clock, timer=clock.timer, manifests=side)
        with pytest.raises(ZeroDivisionError):
            await live.start()
        assert (True, None, False) == (is_free(state, clock), live.engine, live.started)

    async def test_a_cancelled_start_lets_go(
        self, state: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An application that gives up while it starts leaves nothing behind."""
        begun = asyncio.Event()

        async def never(self: Engine) -> None:
            begun.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(Engine, "begin", never)
        starting = asyncio.create_task(on_disk(state, clock).start())
        await asyncio.wait_for(begun.wait(), 20)
        assert not is_free(state, clock)
        starting.cancel()
        await asyncio.wait([starting], timeout=20)
        assert starting.cancelled()
        assert is_free(state, clock)

    async def test_a_shutdown_that_cannot_write_lets_go(
        self, state: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The end is not recorded, which the log says, and the process ends."""
        scheduler = on_disk(state, clock)
        await scheduler.start()
        fail_writes(monkeypatch, SqliteStore)
        await asyncio.wait_for(scheduler.shutdown(), 20)
        assert is_free(state, clock)
        assert "session_not_ended" in [getattr(record, "event", None) for record in caplog.records]

    async def test_a_bug_in_the_shutdown_lets_go(
        self, state: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Store and lock do not depend on the rest."""
        scheduler = on_disk(state, clock)
        await scheduler.start()
        engine = scheduler._live.engine
        assert engine is not None
        shut_down = engine.shut_down

        async def fail(self: Engine, *, drain: timedelta) -> None:
            await shut_down(drain=drain)
            raise ZeroDivisionError("a bug")

        monkeypatch.setattr(Engine, "shut_down", fail)
        with pytest.raises(ZeroDivisionError):
            await scheduler.shutdown()
        assert (True, None) == (is_free(state, clock), scheduler._live.engine)


async def test_registering_reads_a_copy_of_what_is_declared(
    scheduler: TaskScheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The unit of work may run on another thread while decorators go on declaring."""
    from schedrun.scheduler import registration

    seen: list[object] = []
    register = registration.register

    def noting(tx: Transaction, declared: Iterable[Declaration], **rest: Any) -> Any:
        declared = list(declared)
        if len(seen) < 3:
            scheduler.interval(minutes=1, job_id=f"job{len(seen)}")(other)
        seen.append(len(declared))
        return register(tx, declared, **rest)

    monkeypatch.setattr(registration, "register", noting)
    await scheduler.start()
    assert [0, 1, 2, 3] == seen
    assert 3 == len(await scheduler.get_jobs())
