"""Instants and durations in words."""

from datetime import UTC, datetime, timedelta

import pytest

from schedrun.render import instants

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        pytest.param(timedelta(0), "now", id="now"),
        pytest.param(timedelta(milliseconds=-900), "now", id="almost-now"),
        pytest.param(timedelta(seconds=1), "in 1 s", id="one-second"),
        pytest.param(timedelta(seconds=2, milliseconds=500), "in 2.5 s", id="tenths"),
        pytest.param(timedelta(seconds=59, milliseconds=999), "in 59 s", id="cut-not-rounded"),
        pytest.param(timedelta(minutes=5, seconds=59), "in 5 min", id="minutes"),
        pytest.param(timedelta(hours=3), "in 3 h", id="whole-hours"),
        pytest.param(timedelta(hours=3, minutes=20), "in 3 h 20 min", id="hours-and-minutes"),
        pytest.param(timedelta(days=2, hours=5), "in 2 d 5 h", id="days-and-hours"),
        pytest.param(-timedelta(minutes=3), "3 min ago", id="past"),
        pytest.param(timedelta(days=10, hours=5), "in 10 d", id="days-alone"),
        pytest.param(-timedelta(days=400, hours=3), "400 d ago", id="long-past"),
    ],
)
def test_relative_words(distance: timedelta, words: str) -> None:
    """As exact as a person asks, never more than two units."""
    assert words == instants.relative(NOW + distance, now=NOW)


@pytest.mark.parametrize(("seconds", "words"), [(0.0, "0 s"), (9.96, "9.9 s"), (9.949, "9.9 s"), (10.0, "10 s")])
def test_lengths_below_ten_seconds_have_tenths(seconds: float, words: str) -> None:
    """Tenths are cut like every other unit, so that no length looks longer than it was."""
    assert words == instants.length(timedelta(seconds=seconds))


def test_local_text_shows_the_second_reading_of_an_overlap_by_its_offset() -> None:
    """Berlin reads 02:30 twice on 25 October 2026."""
    first = instants.local_text(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Berlin")
    second = instants.local_text(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Berlin")
    assert (first, second) == ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00")
