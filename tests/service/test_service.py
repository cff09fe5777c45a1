"""The composed service in virtual time, on real files and a real state: it goes on whatever one edit meets."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.errors import StoreError
from schedrun.manifest import watch
from schedrun.reconcile.reconciler import Reconciler
from schedrun.scheduler.planning import Planner
from schedrun.scheduler.pruning import Pruning
from schedrun.service import upkeep
from schedrun.service.service import NoTimer, Service
from schedrun.settings import Settings
from schedrun.stores.faults import StateGoneError
from schedrun.stores.sqlite import SqliteStore
from tests.virtual import VirtualClock

pytestmark = pytest.mark.anyio

_ROUNDS = 4_000


def write(folder: Path, *jobs: str) -> None:
    """Declare the jobs, each of them hourly, at once."""
    text = "".join(f"  {job}: {{schedule: {{every: 1h}}, target: {{command: ['true']}}}}\n" for job in jobs)
    draft = folder / ".draft"
    draft.write_text(f"schedrun: v1\nname: s\njobs:\n{text}", encoding="utf-8")
    draft.replace(folder / "jobs.yaml")


async def until(clock: VirtualClock, holds: Callable[[], Awaitable[object]]) -> None:
    """Let time pass until it holds."""
    for _ in range(_ROUNDS):
        if await holds():
            return
        await clock.advance(0.1)
    pytest.fail("it never came to hold")


async def ended(clock: VirtualClock, work: Awaitable[Any]) -> Any:
    """Let time pass until `work` is done, and return its result."""
    task = asyncio.ensure_future(work)

    async def done() -> bool:
        await asyncio.sleep(0.002)  # processes that it waits for are real
        return task.done()

    await until(clock, done)
    return task.result()


def said(caplog: pytest.LogCaptureFixture, event: str) -> Callable[[], Awaitable[bool]]:
    """Return what asks whether the event was logged."""

    async def asked() -> bool:
        return event in [getattr(record, "event", None) for record in caplog.records]

    return asked


def fails_with(error: Exception) -> Callable[..., object]:
    """Return what raises `error` however it is called."""

    def fails(*_: object, **__: object) -> object:
        raise error

    return fails


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a service of one folder."""
    folder = tmp_path / "manifests"
    folder.mkdir()
    write(folder, "a")
    return Settings(state=tmp_path / "state" / "state.db", paths=(folder,), app_dir=tmp_path)


@pytest.fixture
async def service(settings: Settings, clock: VirtualClock) -> AsyncIterator[Service]:
    """Give a started service, and stop it after the test."""
    service = Service(settings, clock=clock, environ={}, timer=clock.timer)
    await ended(clock, service.start())
    yield service
    await ended(clock, service.stop())


def declares(service: Service, *keys: str) -> Callable[[], Awaitable[bool]]:
    """Return what asks whether these are the recorded jobs."""

    async def asked() -> bool:
        return list(keys) == [job.key for job in await service.read(lambda reader: reader.jobs())]

    return asked


@pytest.mark.parametrize(
    ("owner", "method", "error", "event"),
    [
        (SqliteStore, "write", StoreError("the disk is full"), "reconcile_failed"),
        (Reconciler, "_plan", ZeroDivisionError("a bug"), "reconcile_failed"),
        (watch.TreeSource, "_read", ZeroDivisionError("a bug"), "watch_failed"),
    ],
    ids=["full-disk", "bug-in-planning", "bug-in-watching"],
)
async def test_an_edit_that_could_not_be_applied_is_applied_later(
    service: Service,
    settings: Settings,
    clock: VirtualClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    *,
    owner: type,
    method: str,
    error: Exception,
    event: str,
) -> None:
    """Nothing more is heard of it, so the service tries again by itself."""
    with monkeypatch.context() as patch:
        patch.setattr(owner, method, fails_with(error))
        write(settings.paths[0], "a", "b")
        await until(clock, said(caplog, event))
    await until(clock, declares(service, "s/a", "s/b"))


async def test_a_limit_of_a_group_that_no_job_is_in_is_told(
    settings: Settings, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is misspelt, most likely, and limits nothing."""
    text = "schedrun: v1\nname: s\njobs:\n  a: {schedule: {every: 1h}, group: db, target: {command: ['true']}}\n"
    (settings.paths[0] / "jobs.yaml").write_text(text, encoding="utf-8")
    service = Service(replace(settings, group={"db": 1, "bd": 1}), clock=clock, environ={}, timer=clock.timer)
    await ended(clock, service.start())
    await ended(clock, service.stop())
    told = [vars(record)["group"] for record in caplog.records if vars(record).get("event") == "group_unknown"]
    assert ["bd"] == told


async def test_once_cut_short_starts_nothing_more(settings: Settings, clock: VirtualClock) -> None:
    """What runs is interrupted; what waits for it stays queued."""
    several = "{every: 1h}, misfire: {catch_up: all, grace: 1d}, target: {command: [sleep, '60']}"
    text = f"schedrun: v1\nname: s\njobs:\n  a: {{schedule: {several}}}\n"
    (settings.paths[0] / "jobs.yaml").write_text(text, encoding="utf-8")
    first = Service(settings, clock=clock, environ=os.environ, timer=NoTimer())
    assert 0 == await ended(clock, first.run_once())
    await ended(clock, first.stop())
    clock.step(timedelta(hours=3).total_seconds())
    service = Service(settings, clock=clock, environ=os.environ, timer=NoTimer())
    running = asyncio.ensure_future(service.run_once())

    async def begun() -> bool:
        return bool(service.active_runs) and service.live.engine is not None

    await until(clock, begun)
    service.cut_short()
    assert 1 == await ended(clock, running)
    runs = await service.read(lambda reader: reader.runs())
    await ended(clock, service.stop())
    assert ["queued", "queued", "interrupted"] == [run.status for run in runs]


async def test_once_counts_what_could_not_be_planned(
    settings: Settings, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job whose fires were given up has not succeeded."""

    async def once() -> int:
        service = Service(settings, clock=clock, environ={}, timer=NoTimer())
        try:
            return await service.run_once()
        finally:
            await service.stop()

    assert 0 == await ended(clock, once())
    clock.step(timedelta(hours=2).total_seconds())

    monkeypatch.setattr(Planner, "plan_all", fails_with(ZeroDivisionError("a bug")))
    assert 1 == await ended(clock, once())


async def recorded_runs(service: Service) -> int:
    return len(await service.read(lambda reader: reader.runs(limit=1_000)))


async def test_old_history_is_forgotten_at_the_start_and_each_hour(
    settings: Settings, clock: VirtualClock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By age and number; the output of what is forgotten goes too (an hour is two minutes here)."""
    assert 3_600 == upkeep.PRUNE_SECONDS
    monkeypatch.setattr(upkeep, "PRUNE_SECONDS", 120.0)
    (settings.paths[0] / "jobs.yaml").write_text(
        "schedrun: v1\nname: s\njobs:\n  a: {schedule: {every: 20s}, target: {command: ['true']}}\n", encoding="utf-8"
    )
    service = Service(settings, clock=clock, environ=os.environ, timer=clock.timer)
    await ended(clock, service.start())
    await until(clock, ran(service, 4, clock))
    await ended(clock, service.stop())
    assert "pruned" not in [getattr(record, "event", None) for record in caplog.records]

    caplog.set_level("INFO")
    settings.logs_dir.mkdir()
    (settings.logs_dir / f"{'0' * 20}-1.gz").touch()
    keeping_two = replace(settings, keep_runs=2)
    service = Service(keeping_two, clock=clock, environ=os.environ, timer=clock.timer)
    await ended(clock, service.start())
    await until(clock, said(caplog, "pruned"))
    assert 2 == await recorded_runs(service)
    assert [] == list(settings.logs_dir.iterdir())
    caplog.clear()
    await clock.advance(100)
    assert "pruned" not in [getattr(record, "event", None) for record in caplog.records]
    await until(clock, said(caplog, "pruned"))
    await ended(clock, service.stop())


def ran(service: Service, count: int, clock: VirtualClock) -> Callable[[], Awaitable[bool]]:
    """Return what lets time pass until so many runs have ended."""

    async def asked() -> bool:
        await clock.advance(20)
        await asyncio.sleep(0.002)  # the processes are real
        runs = await service.read(lambda reader: reader.runs(limit=1_000))
        return len(runs) >= count and not any(run.status.active for run in runs)

    return asked


async def test_history_that_cannot_be_forgotten_is_tried_again(
    settings: Settings, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """In an hour, which is two minutes here, and said."""
    monkeypatch.setattr(Pruning, "finish", fails_with(PermissionError(13, "Permission denied", "state.db.logs")))
    monkeypatch.setattr(upkeep, "PRUNE_SECONDS", 120.0)
    service = Service(settings, clock=clock, environ={}, timer=clock.timer)
    await ended(clock, service.start())
    await until(clock, said(caplog, "pruning_failed"))
    caplog.clear()
    await until(clock, said(caplog, "pruning_failed"))
    await ended(clock, service.stop())


async def test_once_ends_when_its_state_is_gone(settings: Settings, clock: VirtualClock) -> None:
    """It does not wait for verdicts that nobody can record."""
    write_slow(settings.paths[0])
    first = Service(settings, clock=clock, environ=os.environ, timer=NoTimer())
    await ended(clock, first.run_once())
    await ended(clock, first.stop())
    clock.step(timedelta(hours=2).total_seconds())
    service = Service(settings, clock=clock, environ=os.environ, timer=NoTimer())
    running = asyncio.ensure_future(service.run_once())

    async def begun() -> bool:
        return bool(service.active_runs) and service.live.engine is not None

    await until(clock, begun)
    settings.state.unlink()
    with pytest.raises(StateGoneError):
        await ended(clock, running)
    await ended(clock, service.stop())


def write_slow(folder: Path) -> None:
    text = "schedrun: v1\nname: s\njobs:\n  a: {schedule: {every: 1h}, target: {command: [sleep, '60']}}\n"
    (folder / "jobs.yaml").write_text(text, encoding="utf-8")
