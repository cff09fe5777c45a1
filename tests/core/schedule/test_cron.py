"""The cron engine: fields, days, order, counting; clock changes have a file of their own."""

import random
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.core.schedule.cron import Cron, next_fire_times
from schedrun.core.spec import crontab
from schedrun.core.spec.crontab import CrontabError
from schedrun.core.spec.zone import ZoneError
from tests.core.schedule import minute_walk
from tests.core.schedule.minute_walk import Line, utc

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham", "Africa/Cairo")
instants = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


def cron(expression: str, zone: str = "UTC") -> Cron:
    return Cron(crontab.parse(expression), ZoneInfo(zone))


def first_days(expression: str, count: int, *, after: str = "2026-01-01T00:00Z") -> list[str]:
    return [f"{fire:%m-%d %a}" for fire in next_fire_times(expression, after=utc(after), count=count)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("0 12 13 * 5", ["01-02 Fri", "01-09 Fri", "01-13 Tue", "01-16 Fri"], id="either day field"),
        pytest.param("0 12 */2 * 5", ["01-09 Fri", "01-23 Fri", "02-13 Fri", "02-27 Fri"], id="both, a starred step"),
        pytest.param("0 12 1-7 * */7", ["01-04 Sun", "02-01 Sun", "03-01 Sun", "04-05 Sun"], id="both, first Sunday"),
        pytest.param("0 12 * * */2", ["01-01 Thu", "01-03 Sat", "01-04 Sun", "01-06 Tue"], id="star step of weekdays"),
        pytest.param("0 12 * * 1/2", ["01-02 Fri", "01-04 Sun", "01-05 Mon", "01-07 Wed"], id="from Monday by two"),
        pytest.param("0 12 * * 0", ["01-04 Sun", "01-11 Sun"], id="0 is Sunday"),
        pytest.param("0 12 * * 7", ["01-04 Sun", "01-11 Sun"], id="7 is Sunday"),
        pytest.param("0 12 * * SAT-7", ["01-03 Sat", "01-04 Sun"], id="a name beside a number"),
        pytest.param("0 12 * * Mon,wED", ["01-05 Mon", "01-07 Wed"], id="names in any case"),
        pytest.param("0 12 1 JAN-mar *", ["01-01 Thu", "02-01 Sun", "03-01 Sun"], id="names of months"),
        pytest.param("0 12 5-5/2 * *", ["01-05 Mon", "02-05 Thu"], id="a range of one with a step is one value"),
        pytest.param("0 12 mon#2 * *", None, id="a place in the wrong field"),
        pytest.param("0 12 * * mon#2", ["01-12 Mon", "02-09 Mon", "03-09 Mon"], id="the second Monday"),
        pytest.param("0 12 * * 5L", ["01-30 Fri", "02-27 Fri", "03-27 Fri"], id="the last Friday"),
        pytest.param("0 12 L * *", ["01-31 Sat", "02-28 Sat", "03-31 Tue"], id="the last day"),
        pytest.param("0 12 LW * *", ["01-30 Fri", "02-27 Fri", "03-31 Tue"], id="the last weekday"),
        pytest.param("0 12 31 2 1", ["02-02 Mon", "02-09 Mon"], id="an impossible day that a weekday rescues"),
        pytest.param("@weekly", ["01-04 Sun", "01-11 Sun"], id="weekly"),
        pytest.param("@monthly", ["02-01 Sun", "03-01 Sun"], id="monthly"),
        pytest.param("@yearly", ["01-01 Fri", "01-01 Sat"], id="yearly"),
    ],
)  # fmt: skip
def test_fires_on_these_days(expression: str, expected: list[str] | None) -> None:
    """Numbers, names, steps and the day rule mean what Debian's cron takes them for."""
    if expected is None:
        with pytest.raises(CrontabError):
            crontab.parse(expression)
    else:
        assert expected == first_days(expression, len(expected))


@settings(max_examples=60)
@given(line=minute_walk.lines(), after=instants, hours=st.integers(0, 48))
def test_agrees_with_a_reading_of_the_fields_apart_from_any_parser(line: Line, after: datetime, hours: int) -> None:
    """In UTC every minute that matches fires, and no other."""
    until = after + timedelta(hours=hours)
    try:
        schedule = cron(line.text)
    except CrontabError:
        return
    expected = minute_walk.fires(line, ZoneInfo("UTC"), after=after, until=until)
    assert len(expected) == schedule.count(after=after, until=until)
    assert expected == schedule.latest(after=after, until=until, limit=len(expected) + 1)


@settings(max_examples=60)
@given(line=minute_walk.lines(), zone=st.sampled_from(ZONES), after=instants, limit=st.integers(1, 30))
def test_order_count_and_tail(line: Line, zone: str, after: datetime, limit: int) -> None:
    """Fires increase strictly from strictly after the reference; count and latest agree with the list of them."""
    try:
        schedule = cron(line.text, zone)
    except CrontabError:
        return
    fires = [after]
    while len(fires) <= 30 and (found := schedule.next_fire(after=fires[-1])) is not None:
        fires.append(found)
    listed = fires[1:]
    assert all(earlier < later for earlier, later in zip(fires, listed, strict=False))
    assert len(listed) == schedule.count(after=after, until=fires[-1])
    assert listed[-limit:] == schedule.latest(after=after, until=fires[-1], limit=limit)


class TestAgainstCronsim:
    """cronsim is right on fields, and on clocks that jump a whole local hour while it walks through them."""

    @staticmethod
    def field(dice: random.Random, low: int, high: int) -> str:
        one, two = sorted(dice.sample(range(low, high + 1), 2))
        choices = [
            "*",
            f"*/{dice.randint(1, high)}",
            str(one),
            f"{one},{two}",
            f"{one}-{two}",
            f"{one}/{dice.randint(1, 9)}",
        ]
        return dice.choice([*choices, f"{one}-{two}/{dice.randint(1, 7)}"])

    def line(self, dice: random.Random) -> str:
        day = dice.choice(["*", "*", "L", "LW", self.field(dice, 1, 28)])
        weekday = dice.choice(["*", "*", "mon-fri", "5L", "tue#3", self.field(dice, 0, 7)])
        month = dice.choice(["*", self.field(dice, 1, 12)])
        return f"{self.field(dice, 0, 59)} {self.field(dice, 0, 23)} {day} {month} {weekday}"

    def test_same_in_utc(self) -> None:
        """1,250 random expressions fire at the same instants."""
        dice = random.Random(20260101)
        after = utc("2026-01-31T22:58:30Z")
        compared = 0
        for _ in range(1_500):
            text = self.line(dice)
            if crontab.validate_cron_expression(text)[0]:
                compared += 1
                assert list(islice(CronSim(text, after), 3)) == next_fire_times(text, after=after, count=3), text
        assert compared > 1_450

    @pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
    def test_same_where_the_clocks_jump_a_whole_hour(self, zone: str) -> None:
        """250 random expressions fire at the same instants through both changes of a year."""
        dice = random.Random(zone)
        hours = ["*", "1", "2", "*/2", "1-3", "0,2,3"]
        for _ in range(250):
            text = f"{self.field(dice, 0, 59)} {dice.choice(hours)} * * *"
            for month, day in ((3, 7), (3, 28), (10, 24), (10, 31)):
                after = datetime(2026, month, day, 22, 30, tzinfo=ZoneInfo(zone))
                expected = [fire.astimezone(UTC) for fire in islice(CronSim(text, after), 8)]
                found = next_fire_times(text, timezone=zone, after=after, count=8)
                assert expected == [fire.astimezone(UTC) for fire in found], (text, after)

    @pytest.mark.parametrize(
        ("expression", "zone", "after", "theirs", "ours"),
        [
            pytest.param("5-5/2 * * * *", "UTC", "2026-01-01T00:05Z", "01 00:07 +0000", "01 01:05 +0000",
                         id="a range of one with a step"),
            pytest.param("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10Z", "25 02:30 +0200", "26 02:30 +0100",
                         id="the second pass of an overlap"),
            pytest.param("45 * * * *", "Australia/Lord_Howe", "2026-04-04T14:50Z", "05 02:45 +1030", "05 01:45 +1030",
                         id="half an hour back"),
            pytest.param("0 12 * * *", "Pacific/Apia", "2011-12-29T23:00Z", "31 00:00 +1400", "31 12:00 +1400",
                         id="a whole day skipped"),
        ],
    )  # fmt: skip
    def test_known_differences(self, expression: str, zone: str, after: str, theirs: str, ours: str) -> None:
        """Where the two differ, each gives what is written here."""
        local = utc(after).astimezone(ZoneInfo(zone))
        (found,) = next_fire_times(expression, timezone=zone, after=local, count=1)
        assert theirs == f"{next(CronSim(expression, local)):%d %H:%M %z}"
        assert ours == f"{found:%d %H:%M %z}"


class TestHorizon:
    @pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
    def test_nothing_fires_when_the_calendar_ends(self, zone: str) -> None:
        """After the last leap day of the calendar there is no further one."""
        assert cron("0 0 29 2 *", zone).next_fire(after=utc("9996-03-01T00:00Z")) is None

    def test_finds_what_comes_once_in_forty_years(self) -> None:
        """From 2080 to 2120 no 29 February is a Thursday, for 2100 is no leap year."""
        found = cron("0 0 29 2 */7", "Europe/Berlin").next_fire(after=utc("2088-03-01T00:00Z"))
        assert utc("2128-02-28T23:00Z") == found


class TestCounting:
    def test_counts_a_year_of_minutes(self) -> None:
        """A year of a job that fires every minute, without a list of them, both clock changes included."""
        year = cron("* * * * *", "Europe/Berlin")
        assert 365 * 24 * 60 == year.count(after=utc("2025-07-01T00:00Z"), until=utc("2026-07-01T00:00Z"))

    def test_counts_a_fixed_job_once_a_day_over_both_changes(self) -> None:
        """Neither the gap nor the overlap changes that a daily job fires once a day."""
        daily = cron("30 2 * * *", "Europe/Berlin")
        assert 365 == daily.count(after=utc("2025-07-01T12:00Z"), until=utc("2026-07-01T12:00Z"))

    def test_an_empty_while_holds_nothing(self) -> None:
        """From an instant to itself, or backwards, nothing fires."""
        every = cron("* * * * *")
        noon = utc("2026-01-01T12:00Z")
        assert 0 == every.count(after=noon, until=noon)
        assert [] == every.latest(after=noon, until=noon - timedelta(hours=1), limit=5)


class TestNextFireTimes:
    def test_answers_in_the_zone(self) -> None:
        """The fires are aware, in the zone that was asked for."""
        found = next_fire_times("0 2 * * *", timezone="Europe/Berlin", after=utc("2026-06-01T00:00Z"), count=2)
        assert ["2026-06-02T02:00:00+02:00", "2026-06-03T02:00:00+02:00"] == [fire.isoformat() for fire in found]

    def test_gives_five_unless_told(self) -> None:
        """Five is the default, UTC the default zone."""
        found = next_fire_times("@hourly", after=utc("2026-06-01T00:30Z"))
        assert [1, 2, 3, 4, 5] == [fire.hour for fire in found]

    @pytest.mark.parametrize(
        ("expression", "timezone", "after", "count", "error"),
        [
            pytest.param("@daily", "UTC", datetime(2026, 1, 1), 5, ValueError, id="naive"),
            pytest.param("@daily", "UTC", utc("2026-01-01T00:00Z"), -1, ValueError, id="negative count"),
            pytest.param("@daily", "Mars/Base", utc("2026-01-01T00:00Z"), 5, ZoneError, id="zone"),
            pytest.param("0 0 30 2 *", "UTC", utc("2026-01-01T00:00Z"), 5, CrontabError, id="never"),
        ],
    )
    def test_refuses(
        self, expression: str, timezone: str, after: datetime, count: int, error: type[ValueError]
    ) -> None:
        """A naive instant, a negative count, an unknown zone and a bad expression are ValueErrors."""
        with pytest.raises(error):
            next_fire_times(expression, timezone=timezone, after=after, count=count)
