"""What the clocks' changes do to a fixed and to a wildcard job, in zones that each change in their own way."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedrun.core.schedule import clock_changes
from schedrun.core.schedule.cron import Cron
from schedrun.core.spec import crontab
from tests.core.schedule import minute_walk
from tests.core.schedule.minute_walk import Line, utc

CHANGES = {
    "berlin-spring": ("Europe/Berlin", "2026-03-29T01:00Z", 60),
    "berlin-autumn": ("Europe/Berlin", "2026-10-25T01:00Z", -60),
    "new-york-spring": ("America/New_York", "2026-03-08T07:00Z", 60),
    "new-york-autumn": ("America/New_York", "2026-11-01T06:00Z", -60),
    "santiago-spring": ("America/Santiago", "2026-09-06T04:00Z", 60),
    "santiago-autumn": ("America/Santiago", "2026-04-05T03:00Z", -60),
    "cairo-spring": ("Africa/Cairo", "2026-04-23T22:00Z", 60),
    "cairo-autumn": ("Africa/Cairo", "2026-10-29T21:00Z", -60),
    "lord-howe-spring": ("Australia/Lord_Howe", "2026-10-03T15:30Z", 30),
    "lord-howe-autumn": ("Australia/Lord_Howe", "2026-04-04T15:00Z", -30),
    "chatham-spring": ("Pacific/Chatham", "2026-09-26T14:00Z", 60),
    "chatham-autumn": ("Pacific/Chatham", "2026-04-04T14:00Z", -60),
    "st-johns-spring-2008": ("America/St_Johns", "2008-03-09T03:31Z", 60),
    "st-johns-autumn-2008": ("America/St_Johns", "2008-11-02T02:31Z", -60),
    "apia-2011": ("Pacific/Apia", "2011-12-30T10:00Z", 24 * 60),
}
each_change = pytest.mark.parametrize(("zone", "at", "jump"), CHANGES.values(), ids=list(CHANGES))


def cron(expression: str, zone: str) -> Cron:
    return Cron(crontab.parse(expression), ZoneInfo(zone))


def fires(expression: str, zone: str, *, after: str, until: str) -> list[str]:
    """Return the local times, offset and all, that fire in (after, until], one step after another."""

    def walk() -> Iterator[datetime]:
        instant = schedule.next_fire(after=utc(after))
        while instant is not None and instant <= utc(until):
            yield instant
            instant = schedule.next_fire(after=instant)

    schedule = cron(expression, zone)
    return [f"{instant.astimezone(schedule.zone):%d %H:%M %z}" for instant in walk()]


class TestClockChanges:
    @each_change
    def test_finds_the_change_to_the_second(self, zone: str, at: str, jump: int) -> None:
        """The change of each zone is where the time zone database has it, and the only one around."""
        day = timedelta(days=20)
        found = clock_changes.between(
            ZoneInfo(zone), after=utc(at).replace(tzinfo=None) - day, until=utc(at).replace(tzinfo=None) + day
        )
        assert [(utc(at).replace(tzinfo=None), timedelta(minutes=jump))] == [
            (change.at, change.jump) for change in found
        ]

    @pytest.mark.parametrize(
        ("zone", "expression", "after", "until", "expected"),
        [
            pytest.param("Europe/Berlin", "30 2 * * *", "2026-03-28T12:00Z", "2026-03-30T12:00Z",
                         ["29 03:00 +0200", "30 02:30 +0200"], id="berlin-spring"),
            pytest.param("Europe/Berlin", "0,20,40 2 * * *", "2026-03-28T12:00Z", "2026-03-29T12:00Z",
                         ["29 03:00 +0200"], id="berlin-spring-once-for-three"),
            pytest.param("Europe/Berlin", "0,30 2,3 * * *", "2026-03-28T12:00Z", "2026-03-29T12:00Z",
                         ["29 03:00 +0200", "29 03:30 +0200"], id="berlin-spring-once-for-the-shown-one-too"),
            pytest.param("Europe/Berlin", "30 2 * * *", "2026-10-24T12:00Z", "2026-10-26T12:00Z",
                         ["25 02:30 +0200", "26 02:30 +0100"], id="berlin-autumn"),
            pytest.param("Europe/Berlin", "0 3 * * *", "2026-10-24T12:00Z", "2026-10-25T12:00Z",
                         ["25 03:00 +0100"], id="berlin-autumn-end-of-the-overlap"),
            pytest.param("America/New_York", "30 2 * * *", "2026-03-07T12:00Z", "2026-03-09T12:00Z",
                         ["08 03:00 -0400", "09 02:30 -0400"], id="new-york-spring"),
            pytest.param("America/New_York", "30 1 * * *", "2026-10-31T12:00Z", "2026-11-02T12:00Z",
                         ["01 01:30 -0400", "02 01:30 -0500"], id="new-york-autumn"),
            pytest.param("America/Santiago", "0 0 * * *", "2026-09-05T12:00Z", "2026-09-07T12:00Z",
                         ["06 01:00 -0300", "07 00:00 -0300"], id="santiago-has-no-midnight"),
            pytest.param("America/Santiago", "30 23 * * *", "2026-04-04T12:00Z", "2026-04-06T12:00Z",
                         ["04 23:30 -0300", "05 23:30 -0400"], id="santiago-autumn"),
            pytest.param("Africa/Cairo", "0 0 * * *", "2026-04-23T12:00Z", "2026-04-25T12:00Z",
                         ["24 01:00 +0300", "25 00:00 +0300"], id="cairo-has-no-midnight"),
            pytest.param("Africa/Cairo", "30 23 * * *", "2026-10-29T12:00Z", "2026-10-30T23:00Z",
                         ["29 23:30 +0300", "30 23:30 +0200"], id="cairo-autumn"),
            pytest.param("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T00:00Z", "2026-10-05T00:00Z",
                         ["04 02:30 +1100", "05 02:15 +1100"], id="lord-howe-spring"),
            pytest.param("Australia/Lord_Howe", "45 1 * * *", "2026-04-04T00:00Z", "2026-04-06T00:00Z",
                         ["05 01:45 +1100", "06 01:45 +1030"], id="lord-howe-autumn"),
            pytest.param("Pacific/Chatham", "0 3 * * *", "2026-09-26T00:00Z", "2026-09-28T00:00Z",
                         ["27 03:45 +1345", "28 03:00 +1345"], id="chatham-spring"),
            pytest.param("Pacific/Chatham", "0 3 * * *", "2026-04-04T00:00Z", "2026-04-06T00:00Z",
                         ["05 03:00 +1345", "06 03:00 +1245"], id="chatham-autumn"),
            pytest.param("America/St_Johns", "30 0 * * *", "2008-03-08T12:00Z", "2008-03-10T12:00Z",
                         ["09 01:01 -0230", "10 00:30 -0230"], id="st-johns-spring-2008"),
            pytest.param("America/St_Johns", "30 23 * * *", "2008-11-01T12:00Z", "2008-11-03T12:00Z",
                         ["01 23:30 -0230", "02 23:30 -0330"], id="st-johns-autumn-2008"),
            pytest.param("Pacific/Apia", "0 12 * * *", "2011-12-29T00:00Z", "2011-12-31T05:00Z",
                         ["29 12:00 -1000", "31 12:00 +1400"], id="apia-makes-nothing-up-for-a-day"),
        ],
    )  # fmt: skip
    def test_fixed_job(self, zone: str, expression: str, after: str, until: str, expected: list[str]) -> None:
        """What a gap swallows fires once at its end; of an overlap only the first showing fires."""
        assert expected == fires(expression, zone, after=after, until=until)

    @pytest.mark.parametrize(
        ("zone", "expression", "after", "until", "expected"),
        [
            pytest.param("Europe/Berlin", "*/30 2 * * *", "2026-03-28T12:00Z", "2026-03-30T00:15Z",
                         ["30 02:00 +0200"], id="berlin-spring"),
            pytest.param("Europe/Berlin", "*/30 2 * * *", "2026-10-24T12:00Z", "2026-10-25T12:00Z",
                         ["25 02:00 +0200", "25 02:30 +0200", "25 02:00 +0100", "25 02:30 +0100"], id="berlin-autumn"),
            pytest.param("America/New_York", "30 */2 * * *", "2026-03-08T05:00Z", "2026-03-08T09:00Z",
                         ["08 00:30 -0500", "08 04:30 -0400"], id="new-york-spring"),
            pytest.param("America/New_York", "30 * * * *", "2026-11-01T05:00Z", "2026-11-01T08:00Z",
                         ["01 01:30 -0400", "01 01:30 -0500", "01 02:30 -0500"], id="new-york-autumn"),
            pytest.param("America/Santiago", "*/30 0 * * *", "2026-09-05T12:00Z", "2026-09-07T12:00Z",
                         ["07 00:00 -0300", "07 00:30 -0300"], id="santiago-spring"),
            pytest.param("America/Santiago", "*/30 23 * * *", "2026-04-04T12:00Z", "2026-04-05T12:00Z",
                         ["04 23:00 -0300", "04 23:30 -0300", "04 23:00 -0400", "04 23:30 -0400"],
                         id="santiago-autumn"),
            pytest.param("Africa/Cairo", "*/30 0 * * *", "2026-04-23T12:00Z", "2026-04-24T12:00Z",
                         [], id="cairo-spring"),
            pytest.param("Africa/Cairo", "*/30 23 * * *", "2026-10-29T12:00Z", "2026-10-30T12:00Z",
                         ["29 23:00 +0300", "29 23:30 +0300", "29 23:00 +0200", "29 23:30 +0200"], id="cairo-autumn"),
            pytest.param("Australia/Lord_Howe", "*/15 2 * * *", "2026-10-03T00:00Z", "2026-10-04T00:00Z",
                         ["04 02:30 +1100", "04 02:45 +1100"], id="lord-howe-spring"),
            pytest.param("Australia/Lord_Howe", "*/15 1 * * *", "2026-04-04T00:00Z", "2026-04-05T00:00Z",
                         ["05 01:00 +1100", "05 01:15 +1100", "05 01:30 +1100", "05 01:45 +1100",
                          "05 01:30 +1030", "05 01:45 +1030"], id="lord-howe-autumn"),
            pytest.param("Pacific/Chatham", "*/30 2,3 * * *", "2026-09-26T00:00Z", "2026-09-27T00:00Z",
                         ["27 02:00 +1245", "27 02:30 +1245"], id="chatham-spring"),
            pytest.param("Pacific/Chatham", "*/30 3 * * *", "2026-04-04T00:00Z", "2026-04-05T00:00Z",
                         ["05 03:00 +1345", "05 03:30 +1345", "05 03:00 +1245", "05 03:30 +1245"], id="chatham-autumn"),
            pytest.param("America/St_Johns", "*/30 0 * * *", "2008-03-08T12:00Z", "2008-03-09T12:00Z",
                         ["09 00:00 -0330"], id="st-johns-spring-2008"),
            pytest.param("America/St_Johns", "*/30 23 * * *", "2008-11-01T12:00Z", "2008-11-02T12:00Z",
                         ["01 23:00 -0230", "01 23:30 -0230", "01 23:30 -0330"], id="st-johns-autumn-2008"),
            pytest.param("Pacific/Apia", "0 */12 * * *", "2011-12-29T11:00Z", "2011-12-31T05:00Z",
                         ["29 12:00 -1000", "31 00:00 +1400", "31 12:00 +1400"], id="apia-2011"),
        ],
    )  # fmt: skip
    def test_wildcard_job(self, zone: str, expression: str, after: str, until: str, expected: list[str]) -> None:
        """What a gap swallows is lost; what an overlap repeats fires again."""
        assert expected == fires(expression, zone, after=after, until=until)

    def test_starts_inside_the_second_pass(self) -> None:
        """A fixed job asked in the repeated hour does not fire there; a wildcard job does."""
        second_pass = "2026-10-25T01:10Z"
        assert ["26 02:30 +0100"] == fires("30 2 * * *", "Europe/Berlin", after=second_pass, until="2026-10-26T12:00Z")
        assert ["25 02:30 +0100"] == fires(
            "*/30 2 * * *", "Europe/Berlin", after=second_pass, until="2026-10-25T12:00Z"
        )

    def test_finds_the_second_pass_a_year_before_the_next_match(self) -> None:
        """The repeated hour is seen even when the expression matches only once a year."""
        found = fires("*/30 2 25 10 *", "Europe/Berlin", after="2026-10-25T00:30Z", until="2027-10-25T00:15Z")
        assert ["25 02:00 +0100", "25 02:30 +0100", "25 02:00 +0200"] == found

    @settings(max_examples=80)
    @given(
        line=minute_walk.lines(at_night=True),
        change=st.sampled_from(list(CHANGES.values())),
        begins=st.integers(-26 * 60, 90),
        lasts=st.integers(0, 30 * 60),
        limit=st.integers(1, 40),
    )
    def test_agrees_with_a_walk_through_real_minutes(
        self, line: Line, change: tuple[str, str, int], begins: int, lasts: int, limit: int
    ) -> None:
        """Around every change, next, count and latest say what a clock watched minute by minute shows."""
        zone, at, _ = change
        after = utc(at) + timedelta(minutes=begins)
        until = after + timedelta(minutes=lasts)
        expected = minute_walk.fires(line, ZoneInfo(zone), after=after, until=until)
        schedule = cron(line.text, zone)
        found, instant = [], schedule.next_fire(after=after)
        while instant is not None and instant <= until:
            found.append(instant)
            instant = schedule.next_fire(after=instant)
        assert expected == found
        assert len(expected) == schedule.count(after=after, until=until)
        assert expected[-limit:] == schedule.latest(after=after, until=until, limit=limit)
