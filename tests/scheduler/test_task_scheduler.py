"""The embeddable class: its whole public face, in virtual time."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import schedrun
from schedrun import (
    DuplicateJobError,
    JobBusyError,
    JobNotFoundError,
    JobStatus,
    SchedulerConfig,
    TaskScheduler,
    TriggerType,
)
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import Origin, RunStatus, SpanStatus
from tests.virtual import VirtualClock, settle

pytestmark = pytest.mark.anyio


@pytest.fixture
async def scheduler(clock: VirtualClock) -> AsyncIterator[TaskScheduler]:
    """A scheduler in virtual time, shut down after the test."""
    scheduler = TaskScheduler(clock=clock, timer=clock.timer)
    yield scheduler
    await scheduler.shutdown(wait=False)


async def runs_of(scheduler: TaskScheduler) -> list[Run]:
    """Return every run, oldest first."""
    engine = scheduler._live.engine
    assert engine is not None
    return list(reversed(await engine.store.read(lambda reader: reader.runs(limit=1000))))


async def spans_of(scheduler: TaskScheduler) -> list[Span]:
    """Return every span, oldest first."""
    engine = scheduler._live.engine
    assert engine is not None
    return list(reversed(await engine.store.read(lambda reader: reader.spans(limit=1000))))


class TestDecorators:
    """Declaring jobs with decorators."""

    async def test_interval_fires_on_the_epoch_grid(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """Fires lie on whole multiples of the period, whenever the scheduler started."""
        fired: list[datetime] = []
        await clock.advance(7)

        @scheduler.interval(seconds=10)
        async def tick() -> None:
            fired.append(clock.now())

        await scheduler.start()
        await clock.advance(25)
        noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
        assert [noon + timedelta(seconds=s) for s in (10, 20, 30)] == fired

    async def test_cron_takes_an_expression_or_keywords(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """Both forms give the same fires."""
        fired: list[str] = []

        @scheduler.cron("30 14 * * *")
        def by_text() -> None:
            fired.append("text")

        @scheduler.cron(hour=14, minute=30)
        def by_keywords() -> None:
            fired.append("keywords")

        await scheduler.start()
        infos = {info.id: info for info in await scheduler.get_jobs()}
        assert datetime(2026, 6, 1, 14, 30, tzinfo=UTC) == infos["by_text"].next_run_time
        assert infos["by_text"].next_run_time == infos["by_keywords"].next_run_time

    async def test_at_fires_once(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """A one-time job runs at its instant and is completed afterwards."""
        fired: list[datetime] = []

        @scheduler.at(datetime(2026, 6, 1, 12, 5, tzinfo=UTC))
        async def once() -> None:
            fired.append(clock.now())

        await scheduler.start()
        await clock.advance(900)
        assert [datetime(2026, 6, 1, 12, 5, tzinfo=UTC)] == fired
        assert JobStatus.COMPLETED is (await scheduler.get_job("once")).status

    async def test_declares_after_start(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """A decorator on a running scheduler is live at once."""
        fired: list[int] = []
        await scheduler.start()

        @scheduler.interval(minutes=1, job_id="late-comer")
        async def work() -> None:
            fired.append(1)

        assert ["late-comer"] == [info.id for info in await scheduler.get_jobs()]
        await clock.advance(61)
        assert [1] == fired

    async def test_leaves_the_function_callable(self, scheduler: TaskScheduler) -> None:
        """What is decorated is what was written."""

        @scheduler.interval(hours=1)
        def add(a: int, b: int = 1) -> int:
            return a + b

        assert 3 == add(1, 2)

    async def test_refuses_two_functions_of_one_name(self, scheduler: TaskScheduler) -> None:
        """The error names both places."""

        @scheduler.interval(hours=1)
        def report() -> None: ...

        with pytest.raises(DuplicateJobError, match=r"'report', first by .*report, again by .*other") as caught:
            scheduler.cron("0 2 * * *", job_id="report")(other)
        assert "report" == caught.value.job_id

    async def test_passes_args_and_kwargs(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """The function is called with what was declared."""
        got: list[Any] = []

        @scheduler.interval(minutes=1, args=[1, 2], kwargs={"c": 3})
        async def work(*args: int, **kwargs: int) -> None:
            got.append((args, kwargs))

        await scheduler.start()
        await clock.advance(60)
        assert [((1, 2), {"c": 3})] == got

    async def test_start_and_end_bound_the_fires(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """`start` is inside, `end` is not; naive ones are read in the job's zone."""
        fired: list[datetime] = []

        @scheduler.interval(
            minutes=1,
            timezone="Europe/Berlin",
            start=datetime(2026, 6, 1, 14, 2),
            end=datetime(2026, 6, 1, 12, 4, tzinfo=UTC),
        )
        async def work() -> None:
            fired.append(clock.now())

        await scheduler.start()
        await clock.advance(600)
        noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
        assert [noon + timedelta(minutes=2), noon + timedelta(minutes=3)] == fired


def other() -> None:
    """A function of another name."""


class TestAdding:
    """Declaring jobs with coroutines."""

    async def test_adds_each_kind(self, scheduler: TaskScheduler) -> None:
        """Every `add_*_job` answers with the job."""
        await scheduler.start()
        interval = await scheduler.add_interval_job(other, "a", minutes=5)
        cron = await scheduler.add_cron_job(other, "b", cron_expression="0 2 * * *")
        fields = await scheduler.add_cron_job(other, "c", hour=2, minute=30)
        at = await scheduler.add_at_job(other, "d", datetime(2026, 6, 2, tzinfo=UTC))
        kinds = [TriggerType.INTERVAL, TriggerType.CRON, TriggerType.CRON, TriggerType.DATE]
        assert kinds == [info.trigger for info in (interval, cron, fields, at)]
        assert ["a", "b", "c", "d"] == [info.id for info in await scheduler.get_jobs()]
        assert datetime(2026, 6, 2, 2, 30, tzinfo=UTC) == fields.next_run_time

    async def test_adds_before_the_start(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """What was added early fires once the scheduler has started."""
        fired: list[int] = []

        async def work() -> None:
            fired.append(1)

        info = await scheduler.add_interval_job(work, seconds=30)
        assert ("work", "work", Origin.CODE) == (info.id, info.name, info.origin)
        await scheduler.start()
        await clock.advance(30)
        assert [1] == fired

    async def test_a_past_instant_is_missed_visibly(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """A one-time job in the past never runs and leaves one span that says so."""
        await scheduler.start()
        await scheduler.add_at_job(other, "too-late", datetime(2026, 6, 1, 11, tzinfo=UTC))
        await clock.advance(60)
        (span,) = await spans_of(scheduler)
        assert (SpanStatus.MISSED, 1) == (span.status, span.count)
        assert [] == await runs_of(scheduler)


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


class TestRefusals:
    """What cannot be scheduled is refused when it is said."""

    @pytest.mark.parametrize(
        ("keywords", "words"),
        [
            ({"cron_expression": "61 * * * *"}, "61"),
            ({"cron_expression": "0 0 31 2 *"}, "never"),
            ({"hour": 2, "second": 5}, "interval"),
            ({"hour": 2, "week": 5}, "interval"),
            ({"hour": 2, "year": 2027}, "end"),
            ({"hour": 25}, "hour"),
            ({"cron_expression": "0 2 * * *", "hour": 3}, "not both"),
            ({}, "needs an expression"),
            ({"hour": 2, "timezone": "Europe/Berln"}, "Europe/Berlin"),
            ({"hour": 2, "max_instances": 0}, "max_instances"),
            ({"hour": 2, "timeout": -1}, "timeout"),
            ({"hour": 2, "misfire_grace_time": "soon"}, "misfire_grace_time"),
        ],
    )
    async def test_bad_cron_jobs(self, scheduler: TaskScheduler, keywords: dict[str, Any], words: str) -> None:
        """The message says what is wrong."""
        with pytest.raises(ValueError, match=words):
            await scheduler.add_cron_job(other, "job", **keywords)
        assert [] == await scheduler.get_jobs()

    @pytest.mark.parametrize("units", [{}, {"seconds": 0}, {"hours": -1}, {"seconds": 0.0001}])
    async def test_empty_intervals(self, scheduler: TaskScheduler, units: dict[str, Any]) -> None:
        """A period of nothing is refused."""
        with pytest.raises(ValueError, match="interval"):
            scheduler.interval(**units)

    @pytest.mark.parametrize(
        "bad",
        [
            {"timezone": "Mars/Base"},
            {"job_defaults": {"coalesc": True}},
            {"job_defaults": {"coalesce": "yes"}},
            {"job_defaults": {"max_instances": 0}},
            {"job_defaults": {"misfire_grace_time": -1}},
            {"drain_timeout": -1},
        ],
    )
    def test_bad_configurations(self, bad: dict[str, Any]) -> None:
        """A configuration is checked when it is made."""
        with pytest.raises(ValueError, match=r"\w"):
            SchedulerConfig(**bad)

    async def test_a_slash_in_the_id(self, scheduler: TaskScheduler) -> None:
        """Keys with a slash belong to manifests."""
        with pytest.raises(ValueError, match="slash"):
            await scheduler.add_interval_job(other, "set/job", minutes=1)

    async def test_an_unknown_option(self, scheduler: TaskScheduler) -> None:
        """A keyword that nobody knows is a TypeError, as for any function."""
        with pytest.raises(TypeError, match="jitter"):
            scheduler.interval(minutes=1, jitter=5)  # type: ignore[call-arg]  # the point of the test


class TestLife:
    """Start and shutdown."""

    async def test_both_are_idempotent(self, scheduler: TaskScheduler, clock: VirtualClock) -> None:
        """Twice is as good as once, and a scheduler starts again after its end."""
        fired: list[int] = []

        @scheduler.interval(minutes=1)
        async def work() -> None:
            fired.append(1)

        await scheduler.shutdown()
        await scheduler.start()
        await scheduler.start()
        await clock.advance(60)
        await scheduler.shutdown()
        await scheduler.shutdown()
        await clock.advance(600)
        assert [1] == fired
        await scheduler.start()
        await clock.advance(60)
        assert [1, 1] == fired

    async def test_shutdown_drains(self, clock: VirtualClock) -> None:
        """A running job may end before the scheduler has."""
        scheduler = TaskScheduler(clock=clock, timer=clock.timer)
        ended: list[bool] = []

        @scheduler.interval(minutes=1)
        async def work() -> None:
            await asyncio.sleep(0.05)
            ended.append(True)

        await scheduler.start()
        await clock.advance(60)
        assert [] == ended
        await scheduler.shutdown(wait=True)
        assert [True] == ended

    async def test_shutdown_without_waiting_interrupts(self, clock: VirtualClock) -> None:
        """What is cut off is cancelled, not waited for."""
        scheduler = TaskScheduler(clock=clock, timer=clock.timer)
        cut: list[bool] = []

        @scheduler.interval(minutes=1)
        async def work() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cut.append(True)
                raise

        await scheduler.start()
        await clock.advance(60)
        await scheduler.shutdown(wait=False)
        assert [True] == cut
