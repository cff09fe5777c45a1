"""Pause, resume, remove and run, in virtual time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from schedrun import (
    JobBusyError,
    JobNotFoundError,
    JobStatus,
    TaskScheduler,
)
from schedrun.core.status import RunStatus, SpanStatus
from tests.scheduler.ledger import runs_of, spans_of
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


class TestControl:
    """Pause, resume, remove, run."""

    async def test_a_pause_skips_and_a_resume_catches_nothing_up(
        self, scheduler: TaskScheduler, clock: VirtualClock
    ) -> None:
        """What came due under the pause is one skipped span."""
        fired: list[datetime] = []

        @scheduler.interval(minutes=1)
        async def work() -> None:
            fired.append(clock.now())

        await scheduler.start()
        info = await scheduler.pause_job("work", reason="migration", by="ada")
        assert (JobStatus.PAUSED, True, None) == (info.status, info.paused, info.next_run_time)
        await clock.advance(300)
        assert [] == fired
        assert JobStatus.PENDING is (await scheduler.resume_job("work")).status
        (span,) = await spans_of(scheduler)
        assert (SpanStatus.SKIPPED, 5, "paused by ada: migration") == (span.status, span.count, span.reason)
        await clock.advance(60)
        assert 1 == len(fired)

    async def test_a_pause_ends_by_itself(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """When `until` passes the job fires again, and the span covers the pause alone."""
        fired: list[datetime] = []

        @scheduler.interval(minutes=1)
        async def work() -> None:
            fired.append(clock.now())

        await scheduler.start()
        await scheduler.pause_job("work", until=clock.now() + timedelta(minutes=2, seconds=30))
        await clock.advance(200)
        noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
        assert [noon + timedelta(minutes=3)] == fired
        (span,) = await spans_of(scheduler)
        assert (2, noon + timedelta(minutes=2)) == (span.count, span.last)

    async def test_run_job_runs_beside_the_schedule(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """The id is the run's, and a second run is refused while the first is active."""
        release = asyncio.Event()

        @scheduler.interval(hours=1)
        async def work() -> None:
            await release.wait()

        await scheduler.start()
        run_id = await scheduler.run_job("work")
        with pytest.raises(JobBusyError) as caught:
            await scheduler.run_job("work")
        assert run_id == caught.value.active_run
        release.set()
        await settle()
        (run,) = await runs_of(scheduler)
        assert (run_id, "manual", RunStatus.SUCCEEDED) == (run.id, run.kind, run.status)

    async def test_a_removed_job_is_gone(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """It fires no more and its id is free again."""
        fired: list[int] = []

        async def work() -> None:
            fired.append(1)

        await scheduler.start()
        await scheduler.add_interval_job(work, "work", minutes=1)
        await scheduler.remove_job("work")
        await clock.advance(120)
        assert ([], []) == (fired, await scheduler.get_jobs())
        await scheduler.add_interval_job(work, "work", minutes=1)
        await clock.advance(60)
        assert [1] == fired

    @pytest.mark.parametrize("call", ["pause_job", "resume_job", "remove_job", "run_job", "get_job"])
    async def test_an_unknown_id_is_named(self, scheduler: TaskScheduler, call: str) -> None:
        """Every call says which id there is not."""
        await scheduler.start()
        with pytest.raises(JobNotFoundError, match="'nobody'"):
            await getattr(scheduler, call)("nobody")
