"""Embedded in FastAPI: a lifespan that starts and stops it, and a route that answers with its jobs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from schedrun import JobInfo, SchedulerConfig, TaskScheduler, create_scheduler_lifespan
from schedrun.service.embedding import attended
from schedrun.stores.sqlite import SqliteStore
from tests.virtual import VirtualClock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def scheduler(clock: VirtualClock) -> AsyncIterator[TaskScheduler]:
    """Give a scheduler in virtual time and shut it down after the test."""
    scheduler = TaskScheduler(clock=clock, timer=clock.timer)
    yield scheduler
    await scheduler.shutdown(wait=False)


@pytest.fixture
def app(scheduler: TaskScheduler) -> FastAPI:
    """Give an application with two jobs and a route."""

    @scheduler.cron("0 2 * * *", timezone="Europe/Berlin")
    def nightly() -> None: ...

    @scheduler.interval(minutes=5, job_id="beat")
    async def heartbeat() -> None: ...

    app = FastAPI(lifespan=create_scheduler_lifespan(scheduler))

    @app.get("/jobs")
    async def jobs() -> list[JobInfo]:
        return await scheduler.get_jobs()

    return app


async def test_a_route_answers_with_the_jobs_as_json(app: FastAPI, scheduler: TaskScheduler) -> None:
    """Ids, names, lower-case statuses and triggers, and instants with their offset."""
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://test") as web:
        answer = await web.get("/jobs")
    keys = ("id", "name", "status", "trigger", "next_run_time", "origin")
    assert [
        ("beat", "heartbeat", "pending", "interval", "2026-06-01T12:05:00Z", "code"),
        ("nightly", "nightly", "pending", "cron", "2026-06-02T00:00:00Z", "code"),
    ] == [tuple(job[key] for key in keys) for job in answer.json()]


async def test_the_application_starts_and_stops_it(app: FastAPI, scheduler: TaskScheduler, clock: VirtualClock) -> None:
    """Inside the lifespan jobs fire, outside they do not."""
    async with app.router.lifespan_context(app):
        await clock.advance(300)
        engine = scheduler._live.engine
        assert engine is not None
        runs = await engine.store.read(lambda reader: reader.runs())
        assert [datetime(2026, 6, 1, 12, 5, tzinfo=UTC)] == [run.fire_time for run in runs]
    assert scheduler._live.engine is None
    assert clock.timer.next_alarm() is None


async def test_an_application_that_fails_stops_it_too(app: FastAPI, scheduler: TaskScheduler) -> None:
    """Its error is the application's own."""
    with pytest.raises(ZeroDivisionError):
        async with app.router.lifespan_context(app):
            raise ZeroDivisionError("the application's")
    assert scheduler._live.engine is None


MANIFEST = "schedrun: v1\nname: s\njobs:\n  a: {schedule: {every: 1h}, target: {command: ['true']}}\n"


LONG = "head -c 400000 /dev/zero | tr -c x x"


async def passed(clock: VirtualClock, work: Awaitable[Any]) -> None:
    """Let time pass until `work` is done."""
    task = asyncio.ensure_future(work)
    while not task.done():
        await clock.advance(0.05)
        await asyncio.sleep(0.002)  # a process that it waits for is real
    task.result()


async def test_manifests_run_beside_the_jobs_of_the_code(tmp_path: Path, clock: VirtualClock) -> None:
    """Both are in one ledger, an edit applies itself, and each start takes up where the last one ended."""
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "s.yaml").write_text(MANIFEST, encoding="utf-8")
    # A day: virtual time does not wait for the process that the end waits for.
    config = SchedulerConfig(state=tmp_path / "state.db", drain_timeout=86_400)
    scheduler = TaskScheduler(config, clock=clock, timer=clock.timer)

    @scheduler.interval(minutes=5, job_id="beat")
    async def beat() -> None: ...

    upkeep = attended(scheduler)  # who asks for it before, such as an API, has the same
    lifespan = create_scheduler_lifespan(scheduler, manifests=[folder])
    assert upkeep is attended(scheduler)
    assert upkeep.manifests is not None
    for expected in (["beat", "s/a", "s/b"], ["beat", "s/b", "s/c"]):
        context = lifespan(None)
        await passed(clock, context.__aenter__())
        names = [key.rpartition("/")[2] for key in expected if "/" in key]
        lines = "".join(f"  {name}: {{schedule: {{every: 1h}}, target: {{shell: '{LONG}'}}}}\n" for name in names)
        (folder / "s.yaml").write_text(f"schedrun: v1\nname: s\njobs:\n{lines}", encoding="utf-8")
        for _ in range(2_000):
            if expected == [job.id for job in await scheduler.get_jobs()]:
                break
            await clock.advance(0.05)
        assert expected == [job.id for job in await scheduler.get_jobs()]
        await scheduler.run_job("s/b")
        await passed(clock, context.__aexit__(None, None, None))
    store = await SqliteStore.open(tmp_path / "state.db")
    runs = await store.read(lambda reader: reader.runs(key="s/b"))
    await store.close()
    assert ["succeeded"] * 2 == [run.status for run in runs]


def test_refuses_manifests_that_cannot_be(tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the lifespan is made: no ledger on disk, nothing there, a setting that is none, twice."""
    state = SchedulerConfig(state=tmp_path / "state.db")
    with pytest.raises(ValueError, match=r"SchedulerConfig\(state="):
        create_scheduler_lifespan(TaskScheduler(), manifests=[tmp_path])
    with pytest.raises(ValueError, match="there is no file or folder"):
        create_scheduler_lifespan(TaskScheduler(state), manifests=[tmp_path / "nothing"])
    with pytest.raises(ValueError, match="manifests is a list"):
        create_scheduler_lifespan(TaskScheduler(state), manifests=str(tmp_path))
    scheduler = TaskScheduler(state)
    create_scheduler_lifespan(scheduler, manifests=[tmp_path])
    with pytest.raises(RuntimeError, match="once"):
        create_scheduler_lifespan(scheduler, manifests=[tmp_path])
    monkeypatch.setenv("SCHEDRUN_ALLOW_TARGETS", "nonsense")
    with pytest.raises(ValueError, match="SCHEDRUN_ALLOW_TARGETS"):
        create_scheduler_lifespan(TaskScheduler(state), manifests=[tmp_path])
    assert not (tmp_path / "state.db").exists()


async def test_what_the_environment_allows_holds_for_manifests(
    tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As for `schedrun run`."""
    monkeypatch.setenv("SCHEDRUN_ALLOW_TARGETS", "http")
    (tmp_path / "s.yaml").write_text(MANIFEST, encoding="utf-8")
    config = SchedulerConfig(state=tmp_path / "state" / "state.db")
    scheduler = TaskScheduler(config, clock=clock, timer=clock.timer)
    context = create_scheduler_lifespan(scheduler, manifests=[tmp_path / "s.yaml"])(None)
    await passed(clock, context.__aenter__())
    await passed(clock, context.__aexit__(None, None, None))
    assert "target_not_allowed" in [vars(record).get("event") for record in caplog.records]
