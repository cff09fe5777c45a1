"""Instants on a page."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schedrun.web.pages.clock_face import ClockFace, zone_or_utc

NOW = datetime(2026, 11, 28, 14, 23, 42, tzinfo=UTC)
FACE = ClockFace(ZoneInfo("Europe/Berlin"), NOW)


def test_says_an_instant_on_the_chosen_clock() -> None:
    """The machine's instant and the zone stand in the element."""
    title = "2026-11-28 15:23:42+01:00 Europe/Berlin"
    assert f'<time datetime="2026-11-28T14:23:42Z" title="{title}">Sat 28 Nov 15:23:42</time>' == FACE.when(NOW)


def test_says_the_year_where_it_is_another() -> None:
    """The year is that of the zone: in Berlin the new one has begun."""
    eve = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert "Fri 1 Jan 2027 00:30:00" == FACE.words(eve)
    assert "Thu 31 Dec 23:30:00" == ClockFace(ZoneInfo("UTC"), NOW).words(eve)


@pytest.mark.parametrize(
    ("utc", "said"),
    [
        pytest.param("2026-10-24T23:59:59", "Sun 25 Oct 01:59:59", id="before-the-hour-that-comes-twice"),
        pytest.param("2026-10-25T00:30:00", "Sun 25 Oct 02:30:00 +02:00", id="first-showing"),
        pytest.param("2026-10-25T01:30:00", "Sun 25 Oct 02:30:00 +01:00", id="second-showing"),
        pytest.param("2026-10-25T02:00:00", "Sun 25 Oct 03:00:00", id="after-it"),
        pytest.param("2026-03-29T01:00:00", "Sun 29 Mar 03:00:00", id="after-the-hour-that-is-skipped"),
    ],
)
def test_times_that_come_twice_say_which_they_are(utc: str, said: str) -> None:
    """Two instants never look the same."""
    assert said == FACE.words(datetime.fromisoformat(f"{utc}+00:00"))


def test_what_goes_on_says_how() -> None:
    """The script finds what it counts."""
    assert 'data-count="relative">in 1 min<' in FACE.ago(NOW + timedelta(seconds=90))
    assert 'data-count="since">1 min<' in FACE.since(NOW - timedelta(seconds=90))


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        pytest.param("Asia/Tokyo", "Asia/Tokyo", id="known"),
        pytest.param("Mars/Olympus", "UTC", id="unknown"),
        pytest.param("", "UTC", id="empty"),
        pytest.param("../../etc/passwd", "UTC", id="leads-out"),
        pytest.param("/etc/localtime", "UTC", id="absolute"),
        pytest.param("Europe", "UTC", id="a-folder"),
        pytest.param("a\x00b", "UTC", id="no-path"),
        pytest.param("x" * 10_000, "UTC", id="endless"),
    ],
)
def test_a_cookie_that_names_no_zone_means_utc(name: str, zone: str) -> None:
    """Whatever a browser sends."""
    assert zone == zone_or_utc(name).key
