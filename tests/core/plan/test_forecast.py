"""The runs that manifests bring: the same engine as `next`, with spreads and declared pauses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schedrun.core.plan import forecast
from schedrun.core.plan.forecast import Timeline, Window
from tests.core.plan.builders import job

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def line(**said: Any) -> Timeline:
    return forecast.timeline(job(**said), key="s/a")


LINES = [
    pytest.param(line(schedule={"cron": "0 2 * * *"}, timezone="Europe/Berlin"), id="daily"),
    pytest.param(line(schedule={"cron": "*/5 * * * *", "spread": "10m"}), id="spread"),
    pytest.param(line(schedule={"cron": "0 0 1 1 *"}), id="yearly"),
    pytest.param(line(schedule={"every": "90s", "anchor": "2026-01-01T00:00:07Z"}), id="interval"),
    pytest.param(line(schedule={"at": "2026-07-01T00:00:00Z"}), id="once"),
    pytest.param(line(schedule={"every": "1h", "end": "2026-06-01T14:00:00Z"}), id="ending"),
    pytest.param(line(schedule={"every": "1h"}, paused={"until": "2026-06-03T00:00:00Z"}), id="paused-for-a-while"),
    pytest.param(line(schedule={"every": "1h"}, paused={"until": "9999-12-31T00:00:00Z"}), id="paused-to-the-end"),
    pytest.param(line(schedule={"cron": "0 * * * *"}, paused={"until": "9999-12-31T00:00:00Z"}), id="cron-to-the-end"),
    pytest.param(line(schedule={"every": "1h"}, paused=True), id="paused"),
]


@pytest.mark.parametrize("timeline", LINES)
def test_following_runs_are_the_first_of_all(timeline: Timeline) -> None:
    """However they are found, they are those that a long list begins with."""
    ahead = forecast.runs(timeline, Window(NOW, NOW + timedelta(days=3 * 366)))
    assert tuple(ahead[:3]) == forecast.following(timeline, after=NOW, number=3)


@pytest.mark.parametrize("timeline", LINES)
def test_counts_what_it_lists(timeline: Timeline) -> None:
    """The window holds its end and not its beginning."""
    window = Window(NOW, NOW + timedelta(days=40))
    found = forecast.runs(timeline, window)
    assert len(found) == forecast.count(timeline, window)
    assert all(map(window.holds, found))
    assert found == sorted(found)


@pytest.mark.parametrize(
    ("before", "after", "first"),
    [
        pytest.param(10, 20, 68, id="ran-a-moment-ago"),
        pytest.param(12, 20, 68, id="runs-at-now"),
        pytest.param(15, 20, 8, id="had-not-run"),
        pytest.param(20, 10, 58, id="shorter"),
    ],
)
def test_a_longer_delay_runs_nothing_a_second_time(before: int, after: int, first: int) -> None:
    """What ran at now or before under the old delay does not come again under the new one (delays in minutes)."""
    now = NOW + timedelta(minutes=12)
    old, new = (_delayed(minutes) for minutes in (before, after))
    left = forecast.taking_over(new, old, now=now)
    (run,) = forecast.following(left, after=now, number=1)
    assert timedelta(minutes=first) == run - now


def _delayed(minutes: int) -> Timeline:
    hourly = line(schedule={"cron": "0 * * * *"})
    return replace(hourly, fires=hourly.fires._replace(offset=timedelta(minutes=minutes)))
