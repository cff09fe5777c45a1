"""Expectations of fire times: what holds, and the first counter-example of what does not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schedrun.core.schedule import expectations, fires, spread
from schedrun.core.schedule.expectations import Counted, CounterExample, Fired, Gap, NotFired, Undecided
from schedrun.core.schedule.fires import TICK
from schedrun.core.schedule.windows import Window
from schedrun.core.spec.job import Job
from tests.core.schedule.minute_walk import utc

NOW = utc("2026-11-28T14:00Z")
BERLIN = "Europe/Berlin"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DELAY = spread.offset("set/job", 4 * DAY)


def judged(
    schedule: dict[str, Any], entry: dict[str, Any], *, zone: str | None = BERLIN, now: datetime = NOW
) -> CounterExample | None:
    """Return what contradicts one entry of a job with this schedule."""
    said = {"schedule": schedule, "timezone": zone, "target": {"command": ["true"]}, "expect": [entry]}
    job = Job.model_validate(said)
    return expectations.counter_example(job.expect[0], fires.of(job, key="set/job"), zone=zone, now=now)


def window(begin: str, end: str) -> Window:
    return Window(utc(begin), utc(end))


DAILY, WEEKDAYS, MINUTELY = {"cron": "17 4 * * *"}, {"cron": "17 4 * * mon-fri"}, {"cron": "* * * * *"}

HOLDS = [
    pytest.param(WEEKDAYS, {"never_on": ["sat", "sun"]}, id="never_on"),
    pytest.param({"cron": "0 0 * * mon"}, {"never_on": "sun"}, id="never_on: midnight is of the next day"),
    pytest.param(WEEKDAYS, {"never_on": "2026-12-26"}, id="never_on a date"),
    pytest.param(DAILY, {"never_at": ["04:16", "04:18"]}, id="never_at: the minutes beside it"),
    pytest.param(DAILY, {"never_at": ["04:16:01", "04:17:01"]}, id="never_at: to the second"),
    pytest.param(DAILY, {"never_at": "2026-12-01T04:16"}, id="never_at an instant"),
    pytest.param(DAILY, {"never_between": ["22:00", "04:17"]}, id="never_between: its end is outside"),
    pytest.param(DAILY, {"never_between": ["04:18", "24:00"]}, id="never_between: up to midnight"),
    pytest.param({"cron": "30 2 * * *"}, {"at_most": 1, "per": "day"}, id="at_most over clock changes"),
    pytest.param({"cron": "30 2 * * *"}, {"at_least": 1, "per": "day"}, id="at_least over clock changes"),
    pytest.param(DAILY, {"at_most": 31, "per": "month"}, id="at_most per month"),
    pytest.param(DAILY, {"at_least": 28, "per": "month"}, id="at_least per month"),
    pytest.param(DAILY, {"gap_at_most": "25h"}, id="gap_at_most with an hour for autumn"),
    pytest.param({"every": "1s"}, {"at_most": 3600, "per": "hour"}, id="a year of seconds is counted"),
    pytest.param({"every": "1s"}, {"at_least": 3600, "per": "hour"}, id="a year of seconds is counted too"),
    pytest.param(MINUTELY, {"at_most": 60, "per": "hour", "horizon": "3660d"}, id="the hours of a line are alike"),
    pytest.param(MINUTELY, {"at_least": 60, "per": "hour", "horizon": "3660d"}, id="the hours of a line are alike too"),
    pytest.param({"every": "1s"}, {"gap_at_most": "1s"}, id="the gaps of an interval are all alike"),
    pytest.param(MINUTELY, {"gap_at_most": "1m"}, id="the gaps of a crontab line are alike each day"),
    pytest.param({"cron": "* 8-17 * * *"}, {"never_between": ["18:00", "08:00"]}, id="many fires beside the range"),
    pytest.param(DAILY, {"fires_at": ["2026-12-01T04:17", "2026-12-01T03:17:00Z"]}, id="fires_at"),
    pytest.param(DAILY, {"fires_at": "2020-12-01T04:17"}, id="fires_at in the past"),
    pytest.param({"cron": "30 2 * * *"}, {"fires_at": "2026-03-29T03:00"}, id="fires_at the end of a gap"),
    pytest.param({"every": "1h", "spread": "30m"}, {"fires_at": "2026-12-01T02:00"}, id="fires_at before the spread"),
    pytest.param(
        {"every": "1h", "spread": "30m"},
        {"fires_at": f"{datetime(2026, 12, 1, 2) + spread.offset('set/job', HOUR / 2)}"},
        id="fires_at after the spread",
    ),
    pytest.param({"every": "1h", "spread": "30m"}, {"never_at": "02:00"}, id="the spread moves it out of the minute"),
    pytest.param(
        {**DAILY, "start": "2026-12-02T12:00", "end": "2027-01-04T12:00"},
        {"at_least": 1, "per": "day"},
        id="at_least: days in part outside of start and end do not count",
    ),
    pytest.param(
        {**DAILY, "end": "2020-01-01T00:00"}, {"at_least": 1, "per": "day"}, id="at_least: nothing after the end"
    ),
    pytest.param({**DAILY, "end": "2020-01-01T00:00"}, {"gap_at_most": "25h"}, id="gap_at_most: no gap after the end"),
    pytest.param({**DAILY, "end": "2026-12-05T04:17"}, {"gap_at_most": "1d"}, id="gap_at_most: as long to the end"),
    pytest.param(
        {"cron": "0 15 5,28 * *"},
        {"gap_at_most": "7d", "horizon": "7d"},
        id="gap_at_most: what begins where the horizon ends",
    ),
    pytest.param(
        {"cron": "0 0 1 1 *"}, {"never_on": "fri", "horizon": "30d"}, id="what lies beyond the horizon is not looked at"
    ),
    pytest.param({"cron": "0 0 29 2 *"}, {"gap_at_most": "1461d"}, id="gap_at_most longer than the horizon"),
    pytest.param(
        {"at": "2026-12-01T00:00:00Z"},
        {"gap_at_most": "58h", "horizon": "116h"},
        id="gap_at_most: as long before the first and after the last",
    ),
    pytest.param(
        {"cron": "0 15 28 11,12 *"},
        {"gap_at_most": "30d", "horizon": "30d"},
        id="gap_at_most: none from the end of the horizon on",
    ),
    pytest.param(
        {"cron": "0 0 * * *", "start": "2026-12-02T00:00:00Z", "spread": "20d"},
        {"gap_at_most": "1d", "horizon": "90d"},
        id="gap_at_most: the first fire comes as late as the spread has it",
    ),
    pytest.param({**DAILY, "end": "2027-02-01T00:00"}, {"never_on": "2027-02-01"}, id="never_on a date after the end"),
    pytest.param({**WEEKDAYS, "end": "2027-02-01T00:00"}, {"never_on": "sat"}, id="never_on: weekdays after the end"),
    pytest.param({"at": "2026-12-24T18:00"}, {"never_at": "04:00"}, id="never_at: once, and never after"),
    pytest.param({"at": "2026-11-01T18:00"}, {"never_between": ["04:00", "05:00"]}, id="never_between: it is over"),
]


@pytest.mark.parametrize(("schedule", "entry"), HOLDS)
def test_holds(schedule: dict[str, Any], entry: dict[str, Any]) -> None:
    """Nothing contradicts it."""
    assert judged(schedule, entry) is None


FAILS = [
    pytest.param(DAILY, {"never_on": ["sat", "sun"]}, Fired(utc("2026-11-29T03:17Z")), id="never_on"),
    pytest.param(
        {"cron": "30 23 * * *"}, {"never_on": "2026-12-24"}, Fired(utc("2026-12-24T22:30Z")), id="never_on a local date"
    ),
    pytest.param(
        DAILY,
        {"never_on": "2029-12-24", "horizon": "1d"},
        Fired(utc("2029-12-24T03:17Z")),
        id="never_on a date beyond the horizon",
    ),
    pytest.param(DAILY, {"never_at": ["02:00", "04:17"]}, Fired(utc("2026-11-29T03:17Z")), id="never_at"),
    pytest.param({"every": "1s"}, {"never_at": "00:00:07"}, Fired(utc("2026-11-28T23:00:07Z")), id="never_at a second"),
    pytest.param(
        DAILY, {"never_at": "2027-07-01T02:17:00Z"}, Fired(utc("2027-07-01T02:17Z")), id="never_at an instant"
    ),
    pytest.param(
        {"cron": "30 2 * * *"},
        {"never_between": ["03:00", "04:00"]},
        Fired(utc("2027-03-28T01:00Z")),
        id="never_between: a fire that spring moves",
    ),
    pytest.param(DAILY, {"never_between": ["22:00", "06:00"]}, Fired(utc("2026-11-29T03:17Z")), id="over midnight"),
    pytest.param(
        {"cron": "*/30 * * * *"},
        {"at_most": 48, "per": "day"},
        Counted(window("2027-10-30T22:00Z", "2027-10-31T23:00Z"), 50),
        id="at_most: autumn has an hour more",
    ),
    pytest.param(
        {"cron": "*/30 * * * *"},
        {"at_least": 48, "per": "day"},
        Counted(window("2027-03-27T23:00Z", "2027-03-28T22:00Z"), 46),
        id="at_least: spring has an hour less",
    ),
    pytest.param(
        DAILY,
        {"at_most": 6, "per": "week"},
        Counted(window("2026-11-22T23:00Z", "2026-11-29T23:00Z"), 7),
        id="at_most: the week that has begun counts as a whole",
    ),
    pytest.param(
        {"cron": "0 4 1 */2 *"},
        {"at_least": 1, "per": "month"},
        Counted(window("2026-11-30T23:00Z", "2026-12-31T23:00Z"), 0),
        id="at_least: none at all",
    ),
    pytest.param(
        {"cron": "59 2 * * *"},
        {"at_least": 1, "per": "hour"},
        Counted(window("2026-11-28T14:00Z", "2026-11-28T15:00Z"), 0),
        id="an hour in which a line never fires",
    ),
    pytest.param(
        {"cron": "30 0-23 * * *"},
        {"at_most": 1, "per": "hour"},
        Counted(window("2027-03-28T01:00Z", "2027-03-28T02:00Z"), 2),
        id="an hour that begins with what spring skipped",
    ),
    pytest.param(
        {"every": "7m"},
        {"at_most": 8, "per": "hour"},
        Counted(window("2026-11-28T15:00Z", "2026-11-28T16:00Z"), 9),
        id="an hour that begins and ends with an interval",
    ),
    pytest.param(
        DAILY, {"at_most": 0, "per": "hour"}, Counted(window("2026-11-29T03:00Z", "2026-11-29T04:00Z"), 1), id="hour"
    ),
    pytest.param(
        {"cron": "30 2 * * *"},
        {"gap_at_most": "1d"},
        Gap(utc("2027-10-31T00:30Z"), utc("2027-11-01T01:30Z"), from_fire=True, to_fire=True),
        id="gap_at_most: an hour more in autumn",
    ),
    pytest.param(
        {"cron": "* 8-17 * * *"},
        {"gap_at_most": "14h"},
        Gap(utc("2026-11-28T16:59Z"), utc("2026-11-29T07:00Z"), from_fire=True, to_fire=True),
        id="gap_at_most: the night",
    ),
    pytest.param(
        {"cron": "0 1,2,20 * * *"},
        {"gap_at_most": "6h"},
        Gap(utc("2026-11-28T01:00Z"), utc("2026-11-28T19:00Z"), from_fire=True, to_fire=True),
        id="gap_at_most: the longest of one day",
    ),
    pytest.param(
        {"at": "2026-12-01T00:00:00Z", "end": "2026-12-10T00:00:00Z", "spread": "4d"},
        {"gap_at_most": "8d"},
        Gap(utc("2026-12-01T00:00Z") + DELAY, utc("2026-12-10T00:00Z") + DELAY, from_fire=True, to_fire=False),
        id="gap_at_most: the end comes as late as the spread has it",
    ),
    pytest.param(
        {"cron": "0 */3 * * *"},
        {"gap_at_most": "3h"},
        Gap(utc("2027-10-30T22:00Z"), utc("2027-10-31T02:00Z"), from_fire=True, to_fire=True),
        id="gap_at_most: an hour more between two fires of one day",
    ),
    pytest.param(
        {"cron": "* 8-17 * * *", "start": "2027-01-01T00:00"},
        {"gap_at_most": "5h"},
        Gap(utc("2026-12-31T23:00Z"), utc("2027-01-01T07:00Z"), from_fire=False, to_fire=True),
        id="gap_at_most: from the start to the first fire of a day",
    ),
    pytest.param(
        {"cron": "0 0 1 1 *"},
        {"never_at": ["2026-06-01T00:00", "2026-01-01T00:00"]},
        Fired(utc("2025-12-31T23:00Z")),
        id="never_at: instants in any order",
    ),
    pytest.param(
        {"at": "2026-12-01T00:00:00Z"},
        {"gap_at_most": "1d", "horizon": "90d"},
        Gap(NOW, utc("2026-12-01T00:00Z"), from_fire=False, to_fire=True),
        id="gap_at_most: before the first",
    ),
    pytest.param(
        {"at": "2026-12-01T00:00:00Z"},
        {"gap_at_most": "30d", "horizon": "90d"},
        Gap(utc("2026-12-01T00:00Z"), NOW + 90 * DAY, from_fire=True, to_fire=False),
        id="gap_at_most: after the last",
    ),
    pytest.param(
        {"cron": "0 0 29 2 */7"},
        {"gap_at_most": "10000d"},
        Gap(utc("2004-02-28T23:00Z"), utc("2032-02-28T23:00Z"), from_fire=True, to_fire=True),
        id="gap_at_most: between two leap days on Sundays",
    ),
    pytest.param(
        DAILY,
        {"fires_at": ["2026-12-01T04:17", "2026-12-01T04:18"]},
        NotFired(utc("2026-12-01T03:18Z"), utc("2026-12-01T03:17Z"), utc("2026-12-02T03:17Z")),
        id="fires_at",
    ),
    pytest.param(
        {"at": "2026-12-01T00:00:00Z"},
        {"fires_at": "2026-12-02T00:00:00Z"},
        NotFired(utc("2026-12-02T00:00Z"), utc("2026-12-01T00:00Z"), None),
        id="fires_at after the last",
    ),
]


@pytest.mark.parametrize(("schedule", "entry", "expected"), FAILS)
def test_finds_the_first_counter_example(
    schedule: dict[str, Any], entry: dict[str, Any], expected: CounterExample
) -> None:
    """The instant, the window with its count, or both ends of the gap."""
    assert expected == judged(schedule, entry)


def test_an_hour_that_a_clock_change_began_counts_as_a_whole() -> None:
    """Though it is half over: its first fire is what spring skipped."""
    hourly, entry = {"cron": "30 0-23 * * *"}, {"at_most": 1, "per": "hour"}
    expected = Counted(window("2027-03-28T01:00Z", "2027-03-28T02:00Z"), 2)
    assert expected == judged(hourly, entry, now=utc("2027-03-28T01:30Z"))


def test_half_an_hour_of_a_clock_change_is_no_hour() -> None:
    """On the island whose clocks change by half an hour."""
    hourly, entry = {"cron": "30 * * * *"}, {"at_least": 1, "per": "hour"}
    assert judged(hourly, entry, zone="Australia/Lord_Howe") is None
    assert judged({"cron": "0 * * * *"}, entry, zone="Australia/Lord_Howe") is None


def test_the_horizon_is_twelve_months_when_none_is_said() -> None:
    """A fire a moment before its end counts, one at its end does not."""
    yearly = {"cron": "0 14 28 11 *"}
    assert judged(yearly, {"never_at": "14:00"}, zone=None, now=NOW + TICK) == Fired(utc("2027-11-28T14:00Z"))
    assert judged(yearly, {"never_at": "14:00"}, zone=None, now=NOW - TICK) == Fired(NOW)
    assert judged({**yearly, "start": "2026-11-28T14:00:01Z"}, {"never_at": "14:00"}, zone=None, now=NOW) is None


def test_says_how_far_it_looked_when_that_is_too_far() -> None:
    """It neither hangs nor passes what was not looked at."""
    found = judged({"cron": "*/5 * 1-31 * mon"}, {"at_least": 12, "per": "hour", "horizon": "3660d"})
    assert isinstance(found, Undecided)
    assert NOW < found.until < NOW + 3660 * DAY


def test_a_pause_does_not_count() -> None:
    """It is the schedule that is tested; a pause is for now."""
    said = {"schedule": DAILY, "paused": True, "target": {"command": ["true"]}, "expect": [{"never_on": "sun"}]}
    job = Job.model_validate(said)
    found = expectations.counter_example(job.expect[0], fires.of(job, key="a/b"), zone=None, now=NOW)
    assert found == Fired(utc("2026-11-29T04:17Z"))


@pytest.mark.parametrize("now", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
@pytest.mark.parametrize("entry", [{"never_on": "sun"}, {"gap_at_most": "1d"}, {"at_least": 9, "per": "month"}])
def test_the_ends_of_the_calendar_are_no_cliff(now: datetime, entry: dict[str, Any]) -> None:
    """Whatever `now` is, an answer comes."""
    judged({"cron": "0 0 1 1 *", "spread": "20d"}, entry, now=now)


@pytest.mark.parametrize(
    "entry",
    [
        {"fires_at": ["1900-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]},
        {"never_at": ["1900-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]},
        {"never_on": ["1900-01-01", "9997-12-31"], "horizon": "3660d"},
    ],
)
@pytest.mark.parametrize("delay", ["0s", "20d", "3600000d"])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_no_moment_or_spread_is_too_far(entry: dict[str, Any], delay: str, zone: str) -> None:
    """An answer comes, whatever is written."""
    judged({"cron": "0 0 1 1 *", "spread": delay}, entry, zone=zone)


def test_refuses_a_naive_now() -> None:
    """It is no instant."""
    with pytest.raises(ValueError, match="naive"):
        judged(DAILY, {"never_on": "sun"}, now=datetime(2026, 1, 1))
