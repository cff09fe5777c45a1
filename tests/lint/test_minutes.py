"""Minutes as bits: the same minutes as the schedules' own fires, the same counts as counting one by one."""

from collections import Counter
from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires
from schedrun.core.spec.job import Job
from schedrun.lint import minutes
from schedrun.lint.facts import Facts
from schedrun.lint.minutes import Horizon, Load
from schedrun.lint.settings import LintSettings

_START = datetime(2026, 6, 1, 10, 7, tzinfo=UTC)
_BEFORE_CHANGE = datetime(2026, 3, 26, 23, 59, tzinfo=UTC)


def _job(schedule: dict[str, str], zone: str = "Europe/Berlin") -> Job:
    return Job.model_validate({"schedule": schedule, "timezone": zone, "target": {"command": ["a"]}})


def _counted(compiled: Fires, horizon: Horizon) -> set[int]:
    """Return the minutes of all starts, one after another."""
    first, end = horizon.start - compiled.offset, horizon.end - compiled.offset
    places, instant = set(), fires.next_fire(compiled, after=first - timedelta.resolution)
    while instant is not None and instant < end:
        places.add((instant - first) // timedelta(minutes=1))
        instant = fires.next_fire(compiled, after=instant)
    return places


def _found(compiled: Fires, horizon: Horizon) -> set[int]:
    facts = Facts(LintSettings(), horizon.start)
    found = minutes.of_fires(compiled, horizon=horizon, once=facts.once)
    return {place for place in range(horizon.count) if found >> place & 1}


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
        ({"every": "7m", "spread": "5m"}, "UTC"),
        ({"every": "90s", "spread": "89s"}, "UTC"),
        ({"every": "61s", "anchor": "2026-01-01T00:00:17Z", "spread": "1h"}, "UTC"),
        ({"every": "40s", "start": "2026-06-02T00:00:30Z", "end": "2026-06-03T00:00:30Z", "spread": "50s"}, "UTC"),
        ({"every": "2d", "spread": "40h"}, "UTC"),
        ({"every": "6d23h59m59s", "spread": "3d"}, "UTC"),
        ({"every": "999999999d", "anchor": "2026-06-02T00:00:00Z"}, "UTC"),
        ({"cron": "0 12 * * *", "spread": "100h"}, "Europe/Berlin"),
        ({"cron": "30 2 * * *", "start": "2026-06-02T00:00:00Z", "spread": "90m"}, "Europe/Berlin"),
        ({"at": "2026-06-05T10:07:30Z"}, "UTC"),
        ({"at": "2026-06-01T08:07:30Z", "spread": "10h"}, "UTC"),
    ],
    ids=str,
)
def test_starts_where_the_schedule_fires(schedule: dict[str, str], zone: str, start: datetime) -> None:
    """Each minute of a week in which the job starts, its window, its spread and clock changes included."""
    horizon = Horizon(start)
    for name in "abc":
        compiled = fires.of(_job(schedule, zone), key=f"s/{name}")
        assert _counted(compiled, horizon) == _found(compiled, horizon)


def test_what_is_spread_beyond_the_calendar_never_starts() -> None:
    """Nor does it end the calendar's arithmetic."""
    compiled = fires.of(_job({"every": "1h", "spread": "999999999d"}), key="s/j")
    assert set() == _found(compiled, Horizon(_START))


def test_intervals_in_one_phase_are_worked_out_once() -> None:
    """Thousands of jobs have few intervals, and each its own spread."""
    facts, asked = Facts(LintSettings(), _START), set()

    def once(work: Callable[..., int], *arguments: Hashable) -> int:
        asked.add(arguments)
        return facts.once(work, *arguments)

    for number in range(300):
        compiled = fires.of(_job({"every": "5m", "spread": "5m"}), key=f"s/{number}")
        minutes.of_fires(compiled, horizon=Horizon(_START), once=once)
    assert 5 == len(asked)


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


@pytest.mark.parametrize(("seconds", "expected"), [(0, 1), (59, 1), (60, 1), (61, 2), (90, 2), (120, 2)])
def test_a_minute_that_is_begun_counts(seconds: int, expected: int) -> None:
    """Who runs for ninety seconds is there in two minutes."""
    horizon = Horizon(_START, count=100)
    assert expected == minutes.lasting(1, timedelta(seconds=seconds), horizon=horizon).bit_count()


@pytest.mark.parametrize(("jobs", "limit", "expected"), [(1, 1, 0), (1, 2, 0), (3, 2, 1), (3, 3, 0), (3, 4, 0)])
def test_above_a_limit_is_more_than_it(jobs: int, limit: int, expected: int) -> None:
    """Also where the limit is the first number that takes a bit more than the load has."""
    assert expected == Load([1] * jobs).above(limit)


@given(st.sets(st.integers(0, 99)), st.integers(0, 130), st.integers(1, 140), st.integers(1, 5))
def test_runs_of_one_job_add_up_to_as_many_as_it_may_have(starts: set[int], length: int, most: int, times: int) -> None:
    """Each lasts a minute at least."""
    horizon = Horizon(_START, count=100)
    load = minutes.at_once(
        sum(1 << place for place in starts), timedelta(minutes=length), most=most, horizon=horizon
    ).times(times)
    for place in range(110):
        active = sum(1 for start in starts if start <= place < start + max(length, 1)) if place < 100 else 0
        assert min(active, most) * times == load.count(place)
