"""How functions are executed, and what the configuration says for all of them."""

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import schedrun
from schedrun import (
    JobStatus,
    SchedulerConfig,
    TaskScheduler,
)
from schedrun.core.status import RunStatus, SpanStatus
from tests.scheduler.ledger import other, runs_of, spans_of
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


class TestRunning:
    """How functions are executed."""

    async def test_sync_functions_run_off_the_event_loop(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """A blocking function blocks a thread, not the loop."""
        threads: list[bool] = []
        done = threading.Event()

        @scheduler.interval(minutes=1)
        def blocking() -> None:
            threads.append(threading.current_thread() is threading.main_thread())
            done.set()

        await scheduler.start()
        await clock.advance(60)
        await asyncio.to_thread(done.wait, 10)
        assert [False] == threads

    async def test_current_run_names_the_occurrence(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """Inside a job `current_run()` says which run this is."""
        seen: list[Any] = []

        @scheduler.interval(minutes=1)
        async def work() -> None:
            seen.append(schedrun.current_run())

        await scheduler.start()
        await clock.advance(60)
        (run,) = await runs_of(scheduler)
        assert [("work", run.id, 1, datetime(2026, 6, 1, 12, 1, tzinfo=UTC))] == [
            (one.job, one.run_id, one.attempt, one.fire_time) for one in seen
        ]

    async def test_a_retry_rule_knows_exceptions_by_the_names_that_people_write(
        self, scheduler: TaskScheduler, clock: VirtualClock
    ) -> None:
        """Whatever module defines the class: `json.JSONDecodeError` stands in `json.decoder`."""
        attempts: list[int] = []
        again = {"max": 1, "backoff": 1, "jitter": False, "when": {"exceptions": ["json.JSONDecodeError"]}}

        @scheduler.interval(hours=1, retries=again)
        async def work() -> None:
            attempts.append(schedrun.current_run().attempt)
            json.loads("")

        await scheduler.start()
        await clock.advance(3600)
        await clock.advance(2)
        assert [1, 2] == attempts

    async def test_a_failure_is_recorded_with_its_last_line(
        self, scheduler: TaskScheduler, clock: VirtualClock
    ) -> None:
        """The run failed, the job says so, and the next fire runs again."""

        @scheduler.interval(minutes=1)
        async def broken() -> None:
            raise RuntimeError("no database")

        await scheduler.start()
        await clock.advance(60)
        (run,) = await runs_of(scheduler)
        assert (RunStatus.FAILED, "RuntimeError: no database") == (run.status, run.error)
        assert JobStatus.FAILED is (await scheduler.get_job("broken")).status
        await clock.advance(60)
        assert 2 == len(await runs_of(scheduler))

    async def test_returns_are_the_output(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """The output is the repr of what the function returned."""

        @scheduler.interval(minutes=1)
        async def work() -> dict[str, int]:
            return {"rows": 3}

        await scheduler.start()
        await clock.advance(60)
        assert ["{'rows': 3}"] == [run.output for run in await runs_of(scheduler)]

    async def test_max_instances_skips_what_comes_too_early(
        self, scheduler: TaskScheduler, clock: VirtualClock
    ) -> None:
        """While one runs the next is skipped, and the span names the run in its way."""
        release = asyncio.Event()

        @scheduler.interval(minutes=1)
        async def slow() -> None:
            await release.wait()

        await scheduler.start()
        await clock.advance(60)
        assert JobStatus.RUNNING is (await scheduler.get_job("slow")).status
        await clock.advance(120)
        (run,) = await runs_of(scheduler)
        (span,) = await spans_of(scheduler)
        assert (SpanStatus.SKIPPED, 2, f"run {run.id} was still active") == (span.status, span.count, span.reason)
        release.set()
        await settle()
        assert RunStatus.SUCCEEDED is (await runs_of(scheduler))[0].status


class TestDefaults:
    """`job_defaults` and `timezone` of the configuration."""

    @pytest.mark.parametrize(("coalesce", "expected"), [(True, 1), (False, 5)])
    async def test_coalesce_decides_what_late_fires_do(
        self, clock: VirtualClock, coalesce: bool, expected: int
    ) -> None:
        """After a sleep of five periods, true runs the latest alone and false all of them."""
        config = SchedulerConfig(job_defaults={"coalesce": coalesce})
        scheduler = TaskScheduler(config, clock=clock, timer=clock.timer)
        fired: list[datetime] = []

        @scheduler.interval(minutes=1)
        async def work() -> None:
            fired.append(schedrun.current_run().fire_time)

        await scheduler.start()
        await clock.suspend(301)
        await clock.advance(2)
        await scheduler.shutdown(wait=False)
        assert expected == len(fired)
        assert datetime(2026, 6, 1, 12, 5, tzinfo=UTC) == fired[-1]
        assert sorted(fired) == fired

    async def test_misfire_grace_time_misses_what_is_later(self, clock: VirtualClock) -> None:
        """With a grace of 90 seconds only fires less late than that still run."""
        config = SchedulerConfig(job_defaults={"coalesce": False, "misfire_grace_time": 90})
        scheduler = TaskScheduler(config, clock=clock, timer=clock.timer)

        @scheduler.interval(minutes=1)
        async def work() -> None: ...

        await scheduler.start()
        await clock.suspend(301)
        await clock.advance(2)
        (span,) = await spans_of(scheduler)
        assert (SpanStatus.MISSED, 3) == (span.status, span.count)
        assert 2 == len(await runs_of(scheduler))
        await scheduler.shutdown(wait=False)

    async def test_max_instances_allows_as_many(self, clock: VirtualClock) -> None:
        """Two instances may run beside each other, the third is skipped."""
        scheduler = TaskScheduler(SchedulerConfig(job_defaults={"max_instances": 2}), clock=clock, timer=clock.timer)
        release = asyncio.Event()

        @scheduler.interval(minutes=1)
        async def slow() -> None:
            await release.wait()

        await scheduler.start()
        await clock.advance(180)
        assert (2, 1) == (len(await runs_of(scheduler)), len(await spans_of(scheduler)))
        release.set()
        await scheduler.shutdown()

    async def test_the_scheduler_zone_is_the_jobs_zone(self, clock: VirtualClock) -> None:
        """A cron job without a zone is read in the configured one."""
        scheduler = TaskScheduler(SchedulerConfig(timezone="Europe/Berlin"), clock=clock, timer=clock.timer)
        info = await scheduler.add_cron_job(other, "daily", "0 2 * * *")
        assert (datetime(2026, 6, 2, 0, 0, tzinfo=UTC), "Europe/Berlin") == (info.next_run_time, info.timezone)

    async def test_a_job_may_differ_from_the_defaults(self, clock: VirtualClock) -> None:
        """Its own grace, instances and zone count before the configuration's."""
        defaults = {"coalesce": False, "misfire_grace_time": 90, "max_instances": 1}
        scheduler = TaskScheduler(SchedulerConfig(job_defaults=defaults), clock=clock, timer=clock.timer)
        release = asyncio.Event()

        @scheduler.interval(minutes=1, misfire_grace_time=None, max_instances=3, timezone="Europe/Berlin")
        async def slow() -> None:
            await release.wait()

        await scheduler.start()
        await clock.suspend(301)
        await clock.advance(2)
        assert ["running"] * 3 + ["queued"] * 2 == [str(run.status) for run in await runs_of(scheduler)]
        assert ([], "Europe/Berlin") == (await spans_of(scheduler), (await scheduler.get_job("slow")).timezone)
        release.set()
        await scheduler.shutdown()


class TestTimeLimits:
    """`timeout`, in seconds or as a timedelta."""

    @pytest.mark.parametrize("limit", [0.02, timedelta(milliseconds=20)])
    async def test_an_async_function_is_cancelled(
        self, scheduler: TaskScheduler, clock: VirtualClock, limit: float | timedelta
    ) -> None:
        """Its run is timed out, and the function saw its cancellation."""
        cancelled = asyncio.Event()

        @scheduler.interval(minutes=1, timeout=limit)
        async def slow() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

        await scheduler.start()
        await clock.advance(60)
        await asyncio.wait_for(cancelled.wait(), 20)
        await settle()
        assert [(RunStatus.TIMED_OUT, "timed out after 20ms")] == [
            (run.status, run.error) for run in await runs_of(scheduler)
        ]

    async def test_a_sync_function_counts_until_it_returns(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """The run ends on time; the thread that goes on keeps the next fire out."""
        release = threading.Event()

        @scheduler.interval(minutes=1, timeout=0.02)
        def stubborn() -> None:
            release.wait(20)

        await scheduler.start()
        await clock.advance(60)
        engine = scheduler._live.engine
        assert engine is not None
        await asyncio.wait_for(engine.settle(), 20)
        await clock.advance(60)
        (run,) = await runs_of(scheduler)
        (span,) = await spans_of(scheduler)
        assert (RunStatus.TIMED_OUT, f"run {run.id} was still active") == (run.status, span.reason)
        release.set()
