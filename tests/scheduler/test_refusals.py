"""What cannot be scheduled is refused when it is said."""

from typing import Any

import pytest

from schedrun import (
    SchedulerConfig,
    TaskScheduler,
)
from tests.scheduler.ledger import other

pytestmark = pytest.mark.anyio


class TestRefusals:
    """What cannot be scheduled is refused when it is said."""

    @pytest.mark.parametrize(
        ("keywords", "words"),
        [
            ({"cron_expression": "61 * * * *"}, "61"),
            ({"cron_expression": "0 0 31 2 *"}, "never"),
            ({"hour": 2, "second": 5}, "interval"),
            ({"second": "*/5"}, "interval"),
            ({"hour": 2, "week": 5}, "interval"),
            ({"hour": 2, "year": 2027}, "end"),
            ({"hour": 25}, "hour"),
            ({"cron_expression": "0 2 * * *", "hour": 3}, "not both"),
            ({}, "needs an expression"),
            ({"hour": 2, "timezone": "Europe/Berln"}, "Europe/Berlin"),
            ({"hour": 2, "max_instances": 0}, "max_instances"),
            ({"hour": 2, "timeout": -1}, "timeout"),
            ({"hour": 2, "misfire_grace_time": "soon"}, "misfire_grace_time"),
            ({"hour": 2, "args": "eu"}, "args"),
            ({"hour": 2, "args": 5}, "args"),
            ({"hour": 2, "kwargs": ["eu"]}, "kwargs"),
            ({"hour": 2, "job_id": 5}, "id"),
        ],
    )
    async def test_bad_cron_jobs(self, scheduler: TaskScheduler, keywords: dict[str, Any], words: str) -> None:
        """The message says what is wrong."""
        with pytest.raises(ValueError, match=words):
            await scheduler.add_cron_job(other, **{"job_id": "job", **keywords})
        assert [] == await scheduler.get_jobs()

    @pytest.mark.parametrize("units", [{}, {"seconds": 0}, {"hours": -1}, {"seconds": 0.0001}, {"days": float("nan")}])
    async def test_empty_intervals(self, scheduler: TaskScheduler, units: dict[str, Any]) -> None:
        """A period of nothing is refused."""
        with pytest.raises(ValueError, match="interval"):
            scheduler.interval(**units)

    @pytest.mark.parametrize(
        "bad",
        [
            {"timezone": "Mars/Base"},
            {"timezone": None},
            {"state": 5},
            {"job_defaults": {"coalesc": True}},
            {"job_defaults": {"coalesce": "yes"}},
            {"job_defaults": {"max_instances": 0}},
            {"job_defaults": {"misfire_grace_time": -1}},
            {"drain_timeout": -1},
            {"drain_timeout": "5s"},
            {"drain_timeout": float("inf")},
            {"drain_timeout": float("nan")},
        ],
    )
    def test_bad_configurations(self, bad: dict[str, Any]) -> None:
        """A configuration is checked when it is made."""
        with pytest.raises(ValueError, match=r"\w"):
            SchedulerConfig(**bad)

    def test_a_configuration_of_another_kind(self) -> None:
        """Refused at once, instead of when the scheduler starts."""
        with pytest.raises(TypeError, match="SchedulerConfig"):
            TaskScheduler({"timezone": "UTC"})  # type: ignore[arg-type]  # the point of the test

    async def test_a_slash_in_the_id(self, scheduler: TaskScheduler) -> None:
        """Keys with a slash belong to manifests."""
        with pytest.raises(ValueError, match="slash"):
            await scheduler.add_interval_job(other, "set/job", minutes=1)

    async def test_an_unknown_option(self, scheduler: TaskScheduler) -> None:
        """A keyword that nobody knows is a TypeError, as for any function."""
        with pytest.raises(TypeError, match="jitter"):
            scheduler.interval(minutes=1, jitter=5)  # type: ignore[call-arg]  # the point of the test
