"""Declaring jobs in code, with decorators and with coroutines, in virtual time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schedrun import (
    DuplicateJobError,
    JobStatus,
    TaskScheduler,
    TriggerType,
)
from schedrun.core.status import Origin, SpanStatus
from tests.scheduler.ledger import other, runs_of, spans_of
from tests.virtual import VirtualClock

pytestmark = pytest.mark.anyio


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

    @pytest.mark.parametrize("name", ["", "set/one", "a\nb", "a\tb", "a\0b", "a\u202eb", "\ud800"])
    async def test_an_id_that_nobody_could_name_is_refused(self, scheduler: TaskScheduler, name: str) -> None:
        """On a command line, in a URL or in a log."""
        with pytest.raises(ValueError, match="printable text, not empty, without a slash"):
            scheduler.interval(seconds=10, job_id=name)(dict)

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
