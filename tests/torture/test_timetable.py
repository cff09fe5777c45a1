"""The oracle's arithmetic, by hand and against a walk over every millisecond or minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.torture.timetable import (
    MINUTE,
    SECOND,
    Bounds,
    Every,
    InForce,
    Minutes,
    Once,
    Timetable,
    instant_of,
    instant_text,
)

MS = SECOND // 1000


@pytest.mark.parametrize(
    ("timetable", "expected"),
    [
        pytest.param(Every(period=2 * SECOND), [2, 4, 6], id="epoch"),
        pytest.param(Every(period=2 * SECOND, anchor=101 * SECOND), [1, 3, 5], id="anchor-ahead"),
        pytest.param(Every(period=2 * SECOND, start=4 * SECOND, end=6 * SECOND), [4], id="window"),
        pytest.param(Once(at=3 * SECOND), [3], id="once"),
        pytest.param(Once(at=3 * SECOND, end=3 * SECOND), [], id="once-outside"),
        pytest.param(Once(at=0), [], id="after-is-outside"),
        pytest.param(Once(at=6 * SECOND), [6], id="until-is-inside"),
    ],
)
def test_fires(timetable: Timetable, expected: list[int]) -> None:
    assert [second * SECOND for second in expected] == timetable.fires(after=0, until=6 * SECOND)


def test_every_is_the_grid() -> None:
    every = Every(period=700 * MS, anchor=123_456 * MS)
    walked = [at * MS for at in range(5_001, 20_001) if (at * MS - every.anchor) % every.period == 0]
    assert walked == every.fires(after=5 * SECOND, until=20 * SECOND)


def test_minutes_are_those_of_the_zone() -> None:
    minutes = Minutes(minutes=(0, 7, 31), east=330, zone="Asia/Kolkata")
    begin = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
    zone = ZoneInfo(minutes.zone)
    walked = [
        instant_of((begin + timedelta(minutes=number)).isoformat())
        for number in range(1, 181)
        if (begin + timedelta(minutes=number)).astimezone(zone).minute in minutes.minutes
    ]
    first = instant_of(begin.isoformat())
    assert walked == minutes.fires(after=first, until=first + 180 * MINUTE)


def test_what_must_and_what_may_have_a_verdict() -> None:
    """Between the bounds of an edit nobody knows; spread delays what is due."""
    stretch = InForce(Every(), Bounds(3 * SECOND, 5 * SECOND)).until(Bounds(8 * SECOND, 9 * SECOND))
    assert ([6, 7, 8], [3, 4, 5, 6, 7, 8, 9]) == _seconds(stretch, until=20 * SECOND)
    assert ([6, 7], [3, 4, 5, 6, 7]) == _seconds(stretch, until=7 * SECOND)
    spread = InForce(Every(spread=SECOND), Bounds(3 * SECOND, 5 * SECOND))
    assert ([6], [2, 3, 4, 5, 6, 7]) == _seconds(spread, until=7 * SECOND)


def test_one_that_has_passed_must_have_a_verdict() -> None:
    """One-time jobs are missed visibly when they are first seen too late."""
    assert ([2], [2]) == _seconds(InForce(Once(at=2 * SECOND), Bounds(5 * SECOND, 6 * SECOND)), until=9 * SECOND)


def test_instants_are_text_both_ways() -> None:
    text = "2026-11-28T09:50:46.209617Z"
    assert text == instant_text(instant_of(text))


def _seconds(stretch: InForce, *, until: int) -> tuple[list[int], list[int]]:
    required, allowed = stretch.required(until=until), stretch.allowed(until=until)
    return [at // SECOND for at in required], [at // SECOND for at in allowed]
