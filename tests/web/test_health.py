"""Whether a process works and is ready: broken files, old reconciles, a store that takes nothing."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from schedrun.core.errors import StoreError
from schedrun.core.run.recorded import Session
from schedrun.reconcile.reconciler import Reconciler
from schedrun.service.embedding import attended
from schedrun.service.service import Service
from schedrun.settings import Settings
from schedrun.stores.sqlite import SqliteStore
from schedrun.web.health import Health
from tests.virtual import VirtualClock
from tests.web.gated import a_scheduler
from tests.web.test_live_backend import Elsewhere

pytestmark = pytest.mark.anyio

T = TypeVar("T")

GOOD = "schedrun: v1\nname: s\njobs:\n  a: {schedule: {every: 1h}, target: {command: ['true']}}\n"


async def in_time(clock: VirtualClock, work: Awaitable[T]) -> T:
    """Let time pass until `work` is done."""
    task = asyncio.ensure_future(work)
    while not task.done():
        await clock.advance(0.05)
    return task.result()


@pytest.fixture
async def service(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Service]:
    """Give a started service of one manifest."""
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "jobs.yaml").write_text(GOOD, encoding="utf-8")
    settings = Settings(state=tmp_path / "state" / "state.db", paths=(folder,), app_dir=tmp_path)
    service = Service(settings, clock=clock, environ={}, timer=clock.timer)
    await in_time(clock, service.start())
    yield service
    await in_time(clock, service.stop())


@pytest.fixture
def health(service: Service) -> Health:
    """Return the health of the service's process."""
    return Health(service.live, service.upkeep)


async def until(clock: VirtualClock, health: Health, holds: Callable[[Sequence[str]], object]) -> Sequence[str]:
    """Let time pass until the hindrances are so, and return them."""
    for _ in range(4_000):
        hindrances = await health.hindrances()
        if holds(hindrances):
            return hindrances
        await clock.advance(0.1)
    pytest.fail(f"it never came to hold: {hindrances}")


def fails(*_: object, **__: object) -> Any:
    """Take nothing."""
    raise StoreError("the disk is full")


async def test_a_broken_file_is_a_hindrance(service: Service, health: Health, clock: VirtualClock) -> None:
    """Until it is mended."""
    assert [] == await health.hindrances()
    bad = service.settings.paths[0] / "bad.yaml"
    bad.write_text("schedrun: v1\n", encoding="utf-8")
    (said,) = await until(clock, health, len)
    assert f"broken: {bad}" == said
    bad.unlink()
    await until(clock, health, lambda hindrances: not hindrances)
    assert [] == health.faults()


async def test_an_idle_service_stays_ready(health: Health, clock: VirtualClock) -> None:
    """Nothing changes for minutes, and it reconciles all the same."""
    for _ in range(400):
        await clock.advance(0.5)
        assert [] == await health.hindrances()


async def test_a_reconcile_that_fails_is_a_hindrance(
    service: Service, health: Health, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, and after a minute in every process."""
    with monkeypatch.context() as patch:
        patch.setattr(Reconciler, "_plan", fails)
        (said,) = await until(clock, health, len)
        assert "could not be applied: the disk is full" in said
        both = await until(clock, health, lambda hindrances: len(hindrances) > 1)
        assert "were applied last at 2026-06-01 12:0" in both[1]
    await until(clock, health, lambda hindrances: not hindrances)


async def test_a_store_that_takes_nothing_is_a_hindrance(
    service: Service, health: Health, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by writing, no more often than every five seconds."""
    writes: list[object] = []
    write = SqliteStore.write

    async def counted(store: SqliteStore, unit: Any) -> Any:
        writes.append(unit)
        return await write(store, unit)

    await until(clock, health, lambda _: clock.monotonic() > 20)
    with monkeypatch.context() as patch:
        patch.setattr(SqliteStore, "write", counted)
        await clock.advance(6)
        del writes[:]
        for _ in range(5):
            assert [] == await health.hindrances()
        assert 1 == len([unit for unit in writes if "_say_alive" in repr(unit)])
    with monkeypatch.context() as patch:
        patch.setattr(SqliteStore, "write", fails)
        assert [] == await health.hindrances()
        await clock.advance(6)
        assert ["the disk is full"] == await health.hindrances()
    await until(clock, health, lambda hindrances: not hindrances)


async def test_a_state_that_is_gone_is_a_fault(service: Service, health: Health, clock: VirtualClock) -> None:
    """No waiting mends it: the process should be started anew."""
    service.settings.state.unlink()
    await until(clock, health, lambda _: health.faults())
    assert "state.db" in health.faults()[0]
    assert health.faults() == await health.hindrances()


async def test_a_standby_is_ready_while_the_active_one_lives(tmp_path: Path, clock: VirtualClock) -> None:
    """It can read, and somebody says now and then that he is alive."""
    state = tmp_path / "state.db"
    active = a_scheduler(clock, state)
    await active.start()
    await active.shutdown(wait=False)
    elsewhere = Elsewhere(state, clock)
    await elsewhere.begin()
    scheduler = a_scheduler(clock, state)
    health = Health(scheduler.live, attended(scheduler))
    assert ["the scheduler is not started"] == await health.hindrances()
    await scheduler.start()
    assert ["no process is active"] == await health.hindrances()
    alive = Session("session", os.getpid(), clock.now(), clock.now())
    await elsewhere.store.write(lambda tx: tx.put_session(alive))
    assert [] == await health.hindrances()
    clock.step(61)
    (said,) = await health.hindrances()
    assert "heard of last at 2026-06-01 12:00:00 UTC" in said
    await scheduler.shutdown(wait=False)
    await elsewhere.end()
