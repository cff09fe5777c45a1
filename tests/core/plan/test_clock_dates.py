"""What clock changes make of a job's times, in zones whose changes are unlike those of Berlin."""

from datetime import UTC, datetime, timedelta

import pytest

from schedrun.core.plan import clock_dates, forecast
from schedrun.core.plan.forecast import Window
from tests.core.plan.builders import job


def dates(zone: str, schedule: dict[str, str], day: str) -> list[str]:
    """Return `before after effect times` of each change within two days of a day."""
    noon = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)
    line = forecast.timeline(job(schedule=schedule, timezone=zone), key="s/a")
    window = Window(noon - timedelta(days=2), noon + timedelta(days=2))
    return [
        f"{date.before:%H:%M} {date.after:%H:%M} {date.effect} {date.times}" for date in clock_dates.of(line, window)
    ]


@pytest.mark.parametrize(
    ("zone", "cron", "day", "expected"),
    [
        pytest.param(
            "Australia/Lord_Howe", "15 2 * * *", "2026-10-04", ["02:00 02:30 made_up 1"], id="half-an-hour-forwards"
        ),
        pytest.param(
            "Australia/Lord_Howe", "*/10 1 * * *", "2026-04-05", ["02:00 01:30 twice 3"], id="half-an-hour-backwards"
        ),
        pytest.param("Antarctica/Casey", "0 3 * * *", "2009-10-18", ["02:00 05:00 lost 1"], id="three-hours-forwards"),
        pytest.param("Antarctica/Casey", "0 0 * * *", "2010-03-05", ["02:00 23:00 once 1"], id="three-hours-backwards"),
        pytest.param("Pacific/Apia", "0 9 * * *", "2011-12-30", ["00:00 00:00 lost 1"], id="a-day-that-never-was"),
        pytest.param("Europe/Berlin", "0 3 * * *", "2026-03-29", ["02:00 03:00 none 0"], id="at-the-end-of-the-gap"),
        pytest.param("Europe/Berlin", "0 2 * * *", "2026-03-29", ["02:00 03:00 made_up 1"], id="at-its-beginning"),
    ],
)
def test_what_a_change_does(zone: str, cron: str, day: str, expected: list[str]) -> None:
    """From three hours on clocks that go forward change the calendar, for which nothing is made up."""
    assert expected == dates(zone, {"cron": cron}, day)


def test_a_schedule_that_reads_no_clock_has_no_dates() -> None:
    """Elapsed time goes on."""
    assert [] == dates("Europe/Berlin", {"every": "1h"}, "2026-03-29")
