"""Embedded in FastAPI: a lifespan that starts and stops it, and a route that answers with its jobs."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI

from schedrun import JobInfo, TaskScheduler, create_scheduler_lifespan
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
