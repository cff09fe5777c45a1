"""The public API as a type checker sees it: nothing here runs, `mypy` reads it."""

from datetime import UTC, datetime, timedelta
from typing import assert_type

from fastapi import FastAPI

from schedrun import (
    CurrentRun,
    JobInfo,
    JobStatus,
    SchedulerConfig,
    TaskScheduler,
    TriggerType,
    create_scheduler_lifespan,
    current_run,
    next_fire_times,
    parse_cron_expression,
    validate_cron_expression,
)
from schedrun.web import create_app

config = SchedulerConfig(
    timezone="Europe/Berlin",
    job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": 60},
    max_running=50,
    groups={"db": 2},
)
scheduler = TaskScheduler(config)
app = FastAPI(lifespan=create_scheduler_lifespan(scheduler, manifests=["manifests/"]))
app.mount("/schedrun", create_app(scheduler, public_url="https://jobs.example.com", authorize=lambda _request: "read"))
assert_type(create_app(scheduler, token_file="tokens"), FastAPI)
create_app(scheduler, authorize=lambda _request: 5)  # type: ignore[arg-type, return-value]  # a scope is a word


@scheduler.interval(minutes=5, start=datetime(2026, 1, 1, tzinfo=UTC), timeout=timedelta(seconds=30))
def with_arguments(region: str, *, dry: bool = False) -> int:
    """Stay what it was, decorated."""
    return len(region) if dry else 0


@scheduler.cron("0 2 * * *", job_id="nightly", args=("eu",), kwargs={"dry": True}, max_instances=1)
async def asynchronous(region: str, *, dry: bool) -> str:
    """Stay a coroutine function, decorated."""
    return f"{region} {dry}"


@scheduler.interval(hours=1, retries={"max": 3, "when": {"exceptions": ["OSError"]}}, overlap="queue", group="db")
def retried() -> None:
    """Be attempted again."""


@scheduler.at(datetime(2030, 1, 1, tzinfo=UTC), misfire_grace_time=None, timezone="UTC")
def once() -> None:
    """Run once."""


assert_type(with_arguments("eu", dry=True), int)
with_arguments(1)  # type: ignore[arg-type]  # the parameters are still known
with_arguments("eu", wet=True)  # type: ignore[call-arg]  # and so are the keywords
scheduler.interval(minutes=5, graec=1)  # type: ignore[call-arg]  # a slip in an option is found
scheduler.interval(fortnights=1)  # type: ignore[call-arg]  # and one in a unit
scheduler.at("2030-01-01")  # type: ignore[arg-type]  # an instant is a datetime
TaskScheduler("UTC")  # type: ignore[arg-type]  # a configuration is no text


async def controls() -> None:
    """Every coroutine and what it returns."""
    assert_type(await asynchronous("eu", dry=False), str)
    assert_type(await scheduler.start(), None)
    assert_type(await scheduler.add_interval_job(once, "often", seconds=1), JobInfo)
    assert_type(await scheduler.add_cron_job(once, "daily", cron_expression="0 2 * * *"), JobInfo)
    assert_type(await scheduler.add_cron_job(once, "hourly", minute=5), JobInfo)
    assert_type(await scheduler.add_at_job(once, "later", datetime(2030, 1, 1, tzinfo=UTC)), JobInfo)
    assert_type(await scheduler.pause_job("often", reason="holidays"), JobInfo)
    assert_type(await scheduler.resume_job("often"), JobInfo)
    assert_type(await scheduler.run_job("often"), str)
    assert_type(await scheduler.get_jobs(), list[JobInfo])
    job = await scheduler.get_job("often")
    assert_type(job.id, str)
    assert_type(job.status, JobStatus)
    assert_type(job.trigger, TriggerType)
    assert_type(job.next_run_time, datetime | None)
    assert_type(await scheduler.remove_job("often"), None)
    assert_type(await scheduler.shutdown(wait=True), None)


assert_type(current_run(), CurrentRun)
assert_type(validate_cron_expression("0 2 * * *"), tuple[bool, str | None])
assert_type(parse_cron_expression("0 2 * * *"), dict[str, str])
assert_type(next_fire_times("0 2 * * *", after=datetime(2026, 1, 1, tzinfo=UTC), count=3), list[datetime])
