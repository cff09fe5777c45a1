"""A job's fire times: the rule, bounded by its window, delayed by its spread."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires, Stretch
from schedrun.core.spec.job import Job
from tests.core.schedule.minute_walk import utc

LONG_AGO = utc("2020-01-01T00:00Z")


def compiled(timezone: str | None = None, **schedule: Any) -> Fires:
    """Compile a schedule as a manifest says it."""
    said = {"schedule": schedule, "target": {"command": ["true"]}, "timezone": timezone}
    return fires.of(Job.model_validate(said), key="set/job")


def walk(schedule: Fires, *, after: datetime, limit: int = 10) -> list[str]:
    found: list[str] = []
    instant = fires.next_fire(schedule, after=after)
    while instant is not None and len(found) < limit:
        found.append(f"{instant:%Y-%m-%dT%H:%M:%S}")
        instant = fires.next_fire(schedule, after=instant)
    return found


WINDOWED = [
    pytest.param(
        compiled(cron="0 * * * *", start="2026-01-01T01:00:00Z", end="2026-01-01T03:00:00Z"),
        ["2026-01-01T01:00:00", "2026-01-01T02:00:00"],
        id="start is inside, end is outside",
    ),
    pytest.param(
        compiled(cron="0 * * * *", start="2026-01-01T01:00:01Z", end="2026-01-01T03:00:01Z"),
        ["2026-01-01T02:00:00", "2026-01-01T03:00:00"],
        id="between two fires",
    ),
    pytest.param(
        compiled("Europe/Berlin", cron="0 2 * * *", start="2026-01-01T02:00:00", end="2026-01-02T02:00:00"),
        ["2026-01-01T01:00:00"],
        id="local times",
    ),
    pytest.param(
        compiled(every="20m", anchor="2026-01-01T00:07:00Z", start="2026-01-01T00:27:00Z", end="2026-01-01T01:07:00Z"),
        ["2026-01-01T00:27:00", "2026-01-01T00:47:00"],
        id="interval",
    ),
    pytest.param(compiled(at="2026-12-01T02:00:00+01:00"), ["2026-12-01T01:00:00"], id="once"),
    pytest.param(
        compiled("Europe/Berlin", at="2026-10-25T02:30:00"), ["2026-10-25T00:30:00"], id="once, first showing"
    ),
]


@pytest.mark.parametrize(("schedule", "expected"), WINDOWED)
def test_fires_inside_the_window(schedule: Fires, expected: list[str]) -> None:
    """`start` is inclusive and `end` exclusive, for every kind of schedule."""
    assert expected == walk(schedule, after=LONG_AGO)


@pytest.mark.parametrize(("schedule", "expected"), WINDOWED)
def test_counts_inside_the_window(schedule: Fires, expected: list[str]) -> None:
    """Counting and the tail keep to the same bounds, also in a while that reaches far beyond them."""
    far = utc("2030-01-01T00:00Z")
    assert len(expected) == fires.count(schedule, after=LONG_AGO, until=far)
    tail = fires.latest(schedule, after=LONG_AGO, until=far, limit=1)
    assert expected[-1:] == [f"{instant:%Y-%m-%dT%H:%M:%S}" for instant in tail]
    assert 0 == fires.count(schedule, after=far, until=LONG_AGO)
    assert [] == fires.latest(schedule, after=far, until=far + timedelta(days=1), limit=3)


def test_a_while_that_begins_and_ends_with_the_window_holds_neither_of_its_ends() -> None:
    """(start, end]: the fire at `start` was before it, one at `end` is none."""
    start, middle, end = (utc(f"2026-01-01T0{hour}:00Z") for hour in (1, 2, 3))
    hourly = compiled(cron="0 * * * *", start="2026-01-01T01:00:00Z", end="2026-01-01T03:00:00Z")
    assert middle == fires.next_fire(hourly, after=start)
    assert (1, [middle]) == (
        fires.count(hourly, after=start, until=end),
        fires.latest(hourly, after=start, until=end, limit=3),
    )
    assert Stretch(middle, middle, 1) == fires.stretch(hourly, after=start, until=middle)


def test_an_instant_is_due_once() -> None:
    """Strictly after the one instant of a one-time job there is nothing."""
    once = compiled(at="2026-12-01T02:00:00Z")
    assert fires.next_fire(once, after=utc("2026-12-01T02:00Z")) is None
    assert utc("2026-12-01T02:00Z") == fires.next_fire(once, after=utc("2026-12-01T01:59:59.999999Z"))


def test_spread_stays_out_of_the_nominal_instants() -> None:
    """The offset is told apart: fires, start and end are before it."""
    spread = compiled(cron="0 * * * *", spread="10m", end="2026-01-01T01:00:01Z")
    assert timedelta(0) < spread.offset < timedelta(minutes=10)
    assert ["2026-01-01T01:00:00"] == walk(spread, after=utc("2026-01-01T00:30Z"))


def test_seconds_of_a_year_are_counted_not_listed() -> None:
    """A one-second interval over a year: 31,536,000 fires, of which three are named."""
    every_second = compiled(every="1s")
    new_year = utc("2027-01-01T00:00Z")
    assert 31_536_000 == fires.count(every_second, after=utc("2026-01-01T00:00Z"), until=new_year)
    expected = [new_year - timedelta(seconds=2), new_year - timedelta(seconds=1), new_year]
    assert expected == fires.latest(every_second, after=utc("2026-01-01T00:00Z"), until=new_year, limit=3)


@pytest.mark.parametrize("schedule", [{"cron": "0 0 * * *"}, {"every": "1d"}], ids=["cron", "interval"])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_the_ends_of_the_calendar(schedule: dict[str, str], zone: str) -> None:
    """The first and the last instant that Python knows are fair questions in every zone."""
    whole = compiled(zone, **schedule)
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert fires.next_fire(whole, after=last) is None
    assert 1900 == (fires.next_fire(whole, after=first) or last).year
    assert 9998 == fires.latest(whole, after=utc("9998-06-01T00:00Z"), until=last, limit=1)[0].year


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_a_start_behind_the_end_of_the_calendar_never_comes(zone: str) -> None:
    """The last instant that a manifest can write is no reason to fail."""
    late = compiled(zone, cron="0 0 * * *", start="9999-12-31T23:59:59Z")
    assert fires.next_fire(late, after=utc("2026-01-01T00:00Z")) is None


def test_refuses_naive_instants() -> None:
    """A naive datetime is no instant."""
    schedule = compiled(cron="0 * * * *")
    noon, naive = utc("2026-01-01T12:00Z"), datetime(2026, 1, 1)
    with pytest.raises(ValueError, match="naive"):
        fires.next_fire(schedule, after=naive)
    with pytest.raises(ValueError, match="naive"):
        fires.count(schedule, after=noon, until=naive)
    with pytest.raises(ValueError, match="naive"):
        fires.latest(schedule, after=naive, until=noon, limit=1)
