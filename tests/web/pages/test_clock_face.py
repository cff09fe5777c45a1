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
