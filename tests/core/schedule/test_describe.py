"""Schedules in plain English."""

import re
from typing import Any

import pytest
from hypothesis import given, settings

from schedrun.core.schedule.describe import describe
from schedrun.core.spec import crontab
from schedrun.core.spec.job import Job
from tests.core.schedule import minute_walk
from tests.core.schedule.minute_walk import Line


def words(timezone: str | None = None, **schedule: Any) -> str:
    said = {"schedule": schedule, "target": {"command": ["true"]}, "timezone": timezone}
    return describe(Job.model_validate(said))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("0,30 * * * *", "every 30 minutes"),
        ("*/7 * * * *", "every hour at minutes 0, 7, 14, ..., 56"),
        ("0 * * * *", "every hour"),
        ("@hourly", "every hour"),
        ("17 * * * *", "every hour at minute 17"),
        ("5,10,20 * * * *", "every hour at minutes 5, 10 and 20"),
        ("1-59/2 * * * *", "every hour at minutes 1, 3, 5, ..., 59"),
        ("0 */2 * * *", "every 2 hours"),
        ("30 */6 * * *", "every 6 hours at minute 30"),
        ("0 */5 * * *", "at 00:00, 05:00, 10:00, 15:00 and 20:00 every day"),
        ("* 4 * * *", "every minute from 04:00 to 04:59"),
        ("0 2 * * *", "at 02:00 every day"),
        ("0 2 * * mon-fri", "at 02:00 on Monday to Friday"),
        ("30 2,14 * * *", "at 02:30 and 14:30 every day"),
        ("*/5 9-17 * * 1-5", "every 5 minutes from 09:00 to 17:59 on Monday to Friday"),
        ("*/5 9,14 * * *", "every 5 minutes from 09:00 to 09:59 and from 14:00 to 14:59"),
        ("*/5 */2 * * *", "every 5 minutes of hours 0, 2, 4, ..., 22"),
        ("0 9-17 * * *", "every hour from 09:00 to 17:00"),
        ("0-10 2 * * *", "at minutes 0 to 10 of hour 2 every day"),
        ("5,10,20 3-5 * * *", "at minutes 5, 10 and 20 of hours 3 to 5 every day"),
        ("0 0 1 * *", "at 00:00 on day 1 of the month"),
        ("0 0 1,15 * *", "at 00:00 on days 1 and 15 of the month"),
        ("0 0 L * *", "at 00:00 on the last day of the month"),
        ("0 0 1,LW * *", "at 00:00 on day 1 and the last weekday of the month"),
        ("0 0 */2 * *", "at 00:00 on days 1, 3, 5, ..., 31 of the month"),
        ("0 0 * * 0", "at 00:00 on Sunday"),
        ("0 0 * * 7,6", "at 00:00 on Saturday and Sunday"),
        ("0 0 * * */2", "at 00:00 on Tuesday, Thursday, Saturday and Sunday"),
        ("0 0 * * 5L", "at 00:00 on the last Friday of the month"),
        ("0 0 * * mon#1,mon#3", "at 00:00 on the first Monday of the month and the third Monday of the month"),
        ("0 0 * * tue#2", "at 00:00 on the second Tuesday of the month"),
        ("0 0 * * wed#4,thu#5", "at 00:00 on the fourth Wednesday of the month and the fifth Thursday of the month"),
        ("0 0 13 * 5", "at 00:00 on day 13 of the month and also on Friday"),
        ("0 0 13 1 5", "at 00:00 in January on day 13 of the month and also on Friday"),
        ("0 0 1-31 * 5", "at 00:00 every day"),
        ("0 0 1-7 * */7", "at 00:00 on Sunday when it falls on days 1 to 7 of the month"),
        ("@yearly", "at 00:00 on day 1 of January"),
        ("0 0 * 1-3 *", "at 00:00 every day in January to March"),
        ("0 0 1 */3 *", "at 00:00 on day 1 of January, April, July and October"),
        ("0 0 * 6 5L", "at 00:00 on the last Friday of June"),
    ],
)
def test_cron(expression: str, expected: str) -> None:
    """Common lines in the words people use, every line in words that are true."""
    assert f"{expected}, Europe/Berlin" == words("Europe/Berlin", cron=expression)


def test_utc_is_said_where_no_zone_is() -> None:
    """A job without a zone is told to be in UTC."""
    assert "at 02:00 every day, UTC" == words(cron="0 2 * * *")


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("15m", "every 15 minutes"),
        ("1s", "every second"),
        ("60s", "every minute"),
        ("90s", "every 90 seconds"),
        ("1h30m", "every 90 minutes"),
        ("24h", "every day"),
        ("2w", "every 14 days"),
        ("1500ms", "every 1500 milliseconds"),
    ],
)
def test_interval(every: str, expected: str) -> None:
    """An interval is said in the largest unit that divides it."""
    assert expected == words(every=every)


@pytest.mark.parametrize(
    ("timezone", "schedule", "expected"),
    [
        (None, {"at": "2026-12-01T02:00:00+01:00"}, "once at 2026-12-01 02:00 +01:00"),
        (None, {"at": "2026-12-01T02:00:30Z"}, "once at 2026-12-01 02:00:30 UTC"),
        ("Europe/Berlin", {"at": "2026-12-01 02:00"}, "once at 2026-12-01 02:00 Europe/Berlin"),
        (
            None,
            {"every": "15m", "anchor": "2026-01-01T00:07:00Z", "spread": "30s"},
            "every 15 minutes, counted from 2026-01-01 00:07 UTC, spread over 30 seconds",
        ),
        (
            "Asia/Tokyo",
            {"cron": "0 2 * * *", "start": "2026-01-01T00:00:00", "end": "2027-01-01T00:00:00Z", "spread": "1m"},
            (
                "at 02:00 every day, Asia/Tokyo, from 2026-01-01 00:00 Asia/Tokyo, before 2027-01-01 00:00 UTC, "
                "spread over 1 minute"
            ),
        ),
    ],
)
def test_instants_window_and_spread(timezone: str | None, schedule: dict[str, str], expected: str) -> None:
    """Instants stand as they were written; window and spread are said behind the rule."""
    assert expected == words(timezone, **schedule)


@settings(max_examples=100)
@given(line=minute_walk.lines())
def test_every_line_has_words(line: Line) -> None:
    """No line is left without words, and none shows a crontab's signs."""
    if crontab.validate_cron_expression(line.text)[0]:
        assert re.fullmatch(r"(every|at) [\w ,.:]+, UTC", words(cron=line.text))
