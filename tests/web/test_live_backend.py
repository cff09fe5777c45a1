"""The backend of a live scheduler: reads and acts, active and on standby."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from schedrun import TaskScheduler
from schedrun.core.errors import SchedulerStoppedError
from schedrun.core.run.recorded import Request
from schedrun.protocols import Reader
from schedrun.reconcile.requests import NoAnswerError, RequestRefusedError
from schedrun.scheduler.activation import Activation
from schedrun.service.embedding import attended
from schedrun.stores.sqlite import SqliteStore
from schedrun.web.backend import Process
from schedrun.web.live_backend import LiveBackend
from tests.virtual import VirtualClock
from tests.web.gated import a_scheduler, turned_true

pytestmark = pytest.mark.anyio

T = TypeVar("T")


def backend_of(scheduler: TaskScheduler) -> LiveBackend:
    """Return the backend of an embedded scheduler."""
    return LiveBackend(scheduler.live, attended(scheduler))


async def in_time(clock: VirtualClock, work: Awaitable[T], *, seconds: float = 30) -> T:
    """Let time pass, and threads have their turn, until `work` is done."""
    task = asyncio.ensure_future(work)
    for _ in range(int(seconds * 20)):
        await asyncio.sleep(0.002)
        if task.done():
            break
        await clock.advance(0.05)
    return await asyncio.wait_for(task, 10)


@pytest.fixture
async def scheduler(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[TaskScheduler]:
    """Give a scheduler on a state that is not started."""
    scheduler = a_scheduler(clock, tmp_path / "state.db")
    yield scheduler
    await scheduler.shutdown(wait=False)


def jobs(reader: Reader) -> list[str]:
    """Return the keys of the recorded jobs."""
    return [job.key for job in reader.jobs()]


async def test_before_the_start_nothing_is_known(scheduler: TaskScheduler) -> None:
    """Nor after the end."""
    backend = backend_of(scheduler)
    for _ in range(2):
        with pytest.raises(SchedulerStoppedError):
            await backend.read(jobs)
        with pytest.raises(SchedulerStoppedError):
            await backend.ask("pause", {"job": "beat"}, by="ops")
        await scheduler.start()
        assert ["beat"] == await backend.read(jobs)
        await scheduler.shutdown(wait=False)


async def test_the_active_process_answers_itself_at_once(scheduler: TaskScheduler, clock: VirtualClock) -> None:
    """Virtual time stands still meanwhile; the request is on record, in the name of who asked."""
    backend = backend_of(scheduler)
    await scheduler.start()
    before = backend.version()
    answer = await asyncio.wait_for(backend.ask("pause", {"job": "beat", "reason": "x"}, by="ops"), 10)
    assert "ops" == answer["by"]
    assert before < backend.version()
    (job,) = await backend.read(lambda reader: reader.jobs())
    assert job.override is not None
    assert "ops" == job.override.by
    assert Process("active", os.getpid(), os.getpid()) == backend.process()
    with pytest.raises(RequestRefusedError, match="no job has this id"):
        await asyncio.wait_for(backend.ask("pause", {"job": "nothing"}, by="ops"), 10)


async def test_a_done_request_is_not_done_again(scheduler: TaskScheduler) -> None:
    """Its answer is given; one that was refused is tried again."""
    backend = backend_of(scheduler)
    await scheduler.start()
    first = await backend.ask("trigger", {"job": "beat"}, by="ops", request_id="one")
    assert first == await backend.ask("trigger", {"job": "beat"}, by="ops", request_id="one")
    with pytest.raises(RequestRefusedError):
        await backend.ask("resume", {"job": "later"}, by="ops", request_id="two")

    async def later() -> None: ...

    await scheduler.add_interval_job(later, "later", minutes=1)
    assert "later" == (await backend.ask("resume", {"job": "later"}, by="ops", request_id="two"))["job"]


class Elsewhere:
    """Another process that is active on the state: it holds the lock, and answers what it is asked when told to."""

    def __init__(self, state: Path, clock: VirtualClock) -> None:
        self._activation = Activation(state, clock)
        self._clock = clock
        self.store: Any = None

    async def begin(self) -> None:
        """Take the state."""
        self.store = await self._activation.acquire()

    async def asked(self) -> Sequence[Request]:
        """Return the requests that are open."""
        found: Sequence[Request] = await self.store.read(lambda reader: reader.open_requests())
        return found

    async def answer(self, result: dict[str, object]) -> Request:
        """Answer the one request that is open, once there is one."""
        (request,) = await turned_true(self.asked)
        done = Request(request.id, request.verb, request.arguments, request.by, request.at, result, self._clock.now())
        await self.store.write(lambda tx: tx.put_request(done))
        return done

    async def end(self) -> None:
        """Let the state go."""
        await self.store.close()
        await self._activation.release()


@pytest.fixture
async def elsewhere(tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Elsewhere]:
    """Give another active process; in truth it is this one, which a lock does not tell apart."""
    other = Elsewhere(tmp_path / "state.db", clock)
    await other.begin()
    yield other
    await other.end()


async def test_a_standby_asks_the_active_one(
    scheduler: TaskScheduler, elsewhere: Elsewhere, clock: VirtualClock
) -> None:
    """Through the request table of the state; it reads beside it, and sees what the other one writes."""
    backend = backend_of(scheduler)
    await scheduler.start()
    assert "standby" == backend.process().role
    assert [] == await backend.read(jobs)
    before = backend.version()
    asked = asyncio.ensure_future(in_time(clock, backend.ask("pause", {"job": "beat"}, by="ops")))
    request = await elsewhere.answer({"job": "beat"})
    assert ("pause", {"job": "beat"}, "ops") == (request.verb, request.arguments, request.by)
    assert {"job": "beat"} == await asked
    assert before < backend.version()


async def test_nobody_answers(scheduler: TaskScheduler, elsewhere: Elsewhere, clock: VirtualClock) -> None:
    """After five seconds the request is withdrawn: who comes to it later does nothing."""
    backend = backend_of(scheduler)
    await scheduler.start()
    began = clock.monotonic()
    with pytest.raises(NoAnswerError):
        await in_time(clock, backend.ask("pause", {"job": "beat"}, by="ops", request_id="one"))
    assert 5 <= clock.monotonic() - began < 6
    left = await backend.read(lambda reader: reader.request("one"))
    assert left is not None
    assert "withdrawn" in str(left.result)
    assert () == tuple(await backend.read(lambda reader: reader.open_requests()))


async def test_the_version_opens_the_ledger_by_itself(
    scheduler: TaskScheduler, elsewhere: Elsewhere, clock: VirtualClock
) -> None:
    """Who only wants to know whether something happened asks nothing else."""
    backend = backend_of(scheduler)
    await scheduler.start()
    assert 0 == backend.version()

    async def known() -> int:
        return backend.version()

    before = await turned_true(known)
    await elsewhere.store.write(lambda tx: tx.put_request(Request("r", "pause", {}, "ops", clock.now())))
    assert before < backend.version()


async def test_a_standby_that_takes_over_goes_on(
    scheduler: TaskScheduler, elsewhere: Elsewhere, clock: VirtualClock
) -> None:
    """What it was asked before is answered by itself then, and its version never goes back."""
    backend = backend_of(scheduler)
    await scheduler.start()
    await backend.read(jobs)
    standing_by = backend.version()
    asked = asyncio.ensure_future(backend.ask("resume", {"job": "beat"}, by="ops"))
    await turned_true(elsewhere.asked)
    await elsewhere.store.close()
    await elsewhere._activation.release()
    assert "beat" == (await in_time(clock, asked))["job"]
    assert "active" == backend.process().role
    assert standing_by < backend.version()
    elsewhere.store = await SqliteStore.open(Path(scheduler.config.state or ""))


def test_fires_are_compiled_once(clock: VirtualClock) -> None:
    """Also where no engine is."""
    backend = backend_of(a_scheduler(clock))
    (row,) = backend._live._unrecorded(None, clock.now())
    assert backend.fires(row) is backend.fires(row)
