"""The days of five weeks."""

import re
from datetime import date, timedelta

from schedrun.web.charts.calendar import calendar, days, label

TODAY = date(2026, 11, 28)


def levels(chart: str) -> list[int]:
    return [int(level) for level in re.findall(r'class="day day-(\d)"', chart)]


def test_begins_on_the_monday_of_this_week() -> None:
    """Five whole weeks."""
    shown = days(TODAY)
    assert (date(2026, 11, 23), date(2026, 12, 27), 35) == (shown[0], shown[-1], len(shown))
    assert TODAY == days(date(2026, 11, 30))[0] + timedelta(days=-2)


def test_more_fires_are_darker_and_written() -> None:
    """The number stands in the day, so that no shade has to be told from another."""
    chart = str(calendar({date(2026, 11, 29): 1, date(2026, 11, 30): 96, date(2026, 12, 1): 48}, today=TODAY))
    assert [1, 4, 2] == levels(chart)[6:9]
    assert ["1", "96", "48"] == re.findall(r'class="day-count"[^>]*>([^<]+)<', chart)


def test_days_that_have_passed_say_nothing() -> None:
    """They are faint, and today has a frame."""
    chart = str(calendar({TODAY: 3}, today=TODAY))
    assert 5 == chart.count('class="day-past"')
    assert 1 == chart.count('class="day-today"')
    assert "Saturday, 28 November: 3 fires" in chart
    assert "Friday, 27 November: past" in chart


def test_large_numbers_fit() -> None:
    """A job that fires each second has a short number."""
    assert ">86k<" in calendar({TODAY: 86_400}, today=TODAY)


def test_says_in_words_what_it_shows() -> None:
    """How many fires, on how many days, until when."""
    assert "5 fires on 2 days until Sunday, 27 December" == label({TODAY: 2, date(2026, 12, 1): 3}, TODAY)
