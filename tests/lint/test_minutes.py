"""Minutes as bits: the same minutes as the schedules' own fires, the same counts as counting one by one."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.schedule import fires
from schedrun.core.spec.job import Job
from schedrun.lint import minutes
from schedrun.lint.minutes import Horizon, Load

_START = datetime(2026, 6, 1, 10, 7, tzinfo=UTC)
_BEFORE_CHANGE = datetime(2026, 3, 26, 23, 59, tzinfo=UTC)


def _job(schedule: dict[str, str], zone: str = "Europe/Berlin") -> Job:
    return Job.model_validate({"schedule": schedule, "timezone": zone, "target": {"command": ["a"]}})


def _counted(job: Job, horizon: Horizon) -> set[int]:
    """Return the minutes of all fires, one after another."""
    compiled = fires.of(job, key="s/j")
    places, instant = set(), fires.next_fire(compiled, after=horizon.start - timedelta.resolution)
    while instant is not None and instant < horizon.end:
        places.add(instant + compiled.offset // timedelta(minutes=1) * timedelta(minutes=1) - horizon.start)
        instant = fires.next_fire(compiled, after=instant)
    return {place // timedelta(minutes=1) for place in places if place < horizon.end - horizon.start}


@pytest.mark.parametrize("start", [_START, _BEFORE_CHANGE], ids=["summer", "clock-change"])
@pytest.mark.parametrize(
    ("schedule", "zone"),
    [
        ({"cron": "*/7 * * * *"}, "Europe/Berlin"),
        ({"cron": "30 2 * * mon-fri"}, "Europe/Berlin"),
        ({"cron": "0 0 28,29 * *"}, "Asia/Kolkata"),
        ({"cron": "59 23 L * 5"}, "Pacific/Auckland"),
        ({"cron": "15 */3 * * *", "spread": "30m"}, "America/New_York"),
        ({"cron": "0 * * * *", "start": "2026-06-03T00:30:00Z", "end": "2026-06-04T00:30:00Z"}, "UTC"),
        ({"every": "90s"}, "UTC"),
        ({"every": "20s"}, "UTC"),
        ({"every": "7h", "anchor": "2026-01-01T00:00:30Z", "spread": "3h"}, "UTC"),
        ({"at": "2026-06-05T10:07:30Z"}, "UTC"),
    ],
    ids=str,
)
def test_starts_where_the_schedule_fires(schedule: dict[str, str], zone: str, start: datetime) -> None:
    """Each minute of a week in which the job starts, its window, its spread and clock changes included."""
    job, horizon = _job(schedule, zone), Horizon(start)
    compiled = fires.of(job, key="s/j")
    found = minutes.of_fires(minutes.of_rule(compiled.rule, horizon), compiled, horizon=horizon)
    assert _counted(job, horizon) == {place for place in range(horizon.count) if found >> place & 1}


@given(st.lists(st.sets(st.integers(0, 30))), st.integers(0, 12))
def test_counts_as_counting_one_by_one(sets: list[set[int]], limit: int) -> None:
    """The busiest minute, and all above a limit."""
    load = Load(sum(1 << place for place in each) for each in sets)
    counts = Counter(place for each in sets for place in each)
    most = max(counts.values(), default=0)
    expected = (most, min(place for place, count in counts.items() if count == most)) if counts else (0, 0)
    assert expected == load.busiest()
    above = load.above(limit)
    assert {place for place, count in counts.items() if count > limit} == {
        place for place in range(31) if above >> place & 1
    }


@given(st.sets(st.integers(0, 99)), st.integers(0, 130))
def test_runs_last_as_long_as_they_take(starts: set[int], length: int) -> None:
    """At least a minute, and not beyond the horizon."""
    horizon = Horizon(_START, count=100)
    found = minutes.lasting(sum(1 << place for place in starts), timedelta(minutes=length), horizon=horizon)
    expected = {place + later for place in starts for later in range(max(length, 1)) if place + later < 100}
    assert expected == {place for place in range(100) if found >> place & 1}
