"""Windows of the calendar, where clocks change too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from schedrun.core.schedule import windows
from schedrun.core.schedule.windows import Readings, Window
from schedrun.core.spec.expect import Per
from tests.core.schedule.minute_walk import utc

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def texts(found: list[Window]) -> list[str]:
    """Return `begin end` of each window in UTC."""
    return [f"{window.begin:%m-%dT%H:%M} {window.end:%m-%dT%H:%M}" for window in found]


def at(begin: str, length: timedelta) -> object:
    """Return what a time of day says of every day."""

    def of_day(day: date) -> Readings:
        opens = datetime.combine(day, time.fromisoformat(begin))
        return [(opens, opens + length)]

    return of_day


def shown(begin: str, length: timedelta, first: str, last: str) -> list[str]:
    """Return when Berlin's clocks show that range between two instants."""
    found = windows.shown(BERLIN, at(begin, length), begin=utc(first), end=utc(last))  # type: ignore[arg-type]  # a helper of tests
    return texts(list(found))


SHOWN = [
    pytest.param(
        ("02:15", HOUR / 4, "2026-06-01T00:00Z", "2026-06-03T00:00Z"),
        ["06-01T00:15 06-01T00:30", "06-02T00:15 06-02T00:30"],
        id="each day",
    ),
    pytest.param(
        ("02:15", HOUR / 4, "2026-03-28T12:00Z", "2026-03-29T12:00Z"), [], id="never where the clocks skip it"
    ),
    pytest.param(
        ("01:30", HOUR, "2026-03-28T12:00Z", "2026-03-29T12:00Z"),
        ["03-29T00:30 03-29T01:00"],
        id="cut where the clocks skip the rest",
    ),
    pytest.param(
        ("02:15", HOUR / 4, "2026-10-24T12:00Z", "2026-10-25T12:00Z"),
        ["10-25T00:15 10-25T00:30", "10-25T01:15 10-25T01:30"],
        id="twice where the clocks repeat it",
    ),
    pytest.param(
        ("22:00", 8 * HOUR, "2026-06-01T00:00Z", "2026-06-02T00:00Z"),
        ["06-01T00:00 06-01T04:00", "06-01T20:00 06-02T00:00"],
        id="over midnight, cut to what is looked at",
    ),
]


@pytest.mark.parametrize(("asked", "expected"), SHOWN)
def test_says_when_the_clocks_show_a_range(asked: tuple[str, timedelta, str, str], expected: list[str]) -> None:
    """Instants, oldest first, inside of what is looked at."""
    assert expected == shown(*asked)


CALENDAR = [
    pytest.param(
        (Per.DAY, "Europe/Berlin", "2026-06-01T12:00Z", "2026-06-02T12:00Z"),
        ["05-31T22:00 06-01T22:00", "06-01T22:00 06-02T22:00"],
        id="days that overlap are whole",
    ),
    pytest.param(
        (Per.DAY, "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T12:00Z"),
        ["03-28T23:00 03-29T22:00"],
        id="a day of 23 hours",
    ),
    pytest.param(
        (Per.DAY, "America/Santiago", "2026-09-06T05:00Z", "2026-09-06T06:00Z"),
        ["09-06T04:00 09-07T03:00"],
        id="a day without midnight begins when the clocks change",
    ),
    pytest.param(
        (Per.DAY, "Pacific/Apia", "2011-12-30T00:00Z", "2011-12-30T11:00Z"),
        ["12-29T10:00 12-30T10:00", "12-30T10:00 12-31T10:00"],
        id="a day that never was is no window",
    ),
    pytest.param(
        (Per.WEEK, "UTC", "2026-11-28T14:00Z", "2026-11-30T00:00Z"), ["11-23T00:00 11-30T00:00"], id="a week of Monday"
    ),
    pytest.param(
        (Per.MONTH, "UTC", "2026-12-31T00:00Z", "2027-01-01T00:01Z"),
        ["12-01T00:00 01-01T00:00", "01-01T00:00 02-01T00:00"],
        id="months over the turn of the year",
    ),
    pytest.param(
        (Per.HOUR, "Asia/Kolkata", "2026-06-01T00:00Z", "2026-06-01T01:00Z"),
        ["05-31T23:30 06-01T00:30", "06-01T00:30 06-01T01:30"],
        id="hours of the zone",
    ),
    pytest.param(
        (Per.HOUR, "Europe/Berlin", "2026-10-25T00:00Z", "2026-10-25T02:00Z"),
        ["10-25T00:00 10-25T01:00", "10-25T01:00 10-25T02:00"],
        id="a repeated hour counts twice",
    ),
]


@pytest.mark.parametrize(("asked", "expected"), CALENDAR)
def test_divides_the_calendar(asked: tuple[Per, str, str, str], expected: list[str]) -> None:
    """Every whole window that overlaps what is looked at, in UTC."""
    per, zone, begin, end = asked
    found = windows.calendar(per, ZoneInfo(zone), begin=utc(begin), end=utc(end))
    assert expected == texts(list(found))


def test_windows_are_in_utc() -> None:
    """Whatever the zone: who counts fires in them compares instants."""
    (window,) = windows.calendar(
        Per.MONTH, BERLIN, begin=utc("2026-06-02T00:00Z"), end=utc("2026-06-02T01:00Z").astimezone(BERLIN)
    )
    assert UTC == window.begin.tzinfo
