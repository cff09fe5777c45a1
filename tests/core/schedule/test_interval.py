"""Intervals: a grid that nothing moves."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.schedule.interval import Interval
from tests.core.schedule.minute_walk import utc

instants = st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
periods = st.timedeltas(timedelta(milliseconds=1), timedelta(days=400))


def test_a_day_fires_at_midnight_utc() -> None:
    """Without an anchor the grid hangs on the Unix epoch."""
    assert utc("2026-03-30T00:00Z") == Interval(timedelta(days=1)).next_fire(after=utc("2026-03-29T00:00Z"))


def test_an_anchor_in_the_future_reaches_back() -> None:
    """The anchor fixes the phase, not the beginning."""
    grid = Interval(timedelta(minutes=15), utc("2030-01-01T00:07Z"))
    assert utc("2026-01-01T00:07Z") == grid.next_fire(after=utc("2026-01-01T00:00Z"))


def test_the_calendar_ends() -> None:
    """Beyond the year 9999 there is no next fire."""
    assert Interval(timedelta(days=400)).next_fire(after=datetime(9999, 12, 1, tzinfo=UTC)) is None


@given(every=periods, anchor=instants, after=instants)
def test_next_is_the_first_point_of_the_grid(every: timedelta, anchor: datetime, after: datetime) -> None:
    """The next fire lies on the grid, strictly after the reference and at most one period later."""
    found = Interval(every, anchor).next_fire(after=after)
    assert found is not None
    assert timedelta(0) == (found - anchor) % every
    assert timedelta(0) < found - after <= every


@given(every=periods, anchor=instants, after=instants, steps=st.integers(0, 30), limit=st.integers(0, 40))
def test_count_and_latest_agree_with_the_list(
    every: timedelta, anchor: datetime, after: datetime, steps: int, limit: int
) -> None:
    """What is counted is what a walk finds; the latest are its tail."""
    grid = Interval(every, anchor)
    walked, instant = [], after
    for _ in range(steps):
        instant = grid.next_fire(after=instant) or instant
        walked.append(instant)
    assert steps == grid.count(after=after, until=instant)
    assert (walked[-limit:] if limit else []) == grid.latest(after=after, until=instant, limit=limit)
    assert 0 == grid.count(after=instant + every, until=after)
    assert [] == grid.latest(after=instant + every, until=after, limit=5)
