"""When the tools of the field fire. The instants were seen from the tools themselves where the ids say so."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from schedrun.convert.timetables import cron_fields, on_calendar
from schedrun.convert.timetables.cron_fields import (
    CRONIE_TZ,
    KUBERNETES,
    OFELIA,
    OURS,
    SUPERCRONIC,
    VIXIE,
    YACRON,
    Dialect,
    DialectError,
)
from schedrun.convert.timetables.days import Days
from schedrun.convert.timetables.on_calendar import CalendarError
from schedrun.convert.timetables.timetable import Periodic
from schedrun.convert.timetables.union import Union
from schedrun.convert.timetables.wall import Clock, Wall

BERLIN, NEW_YORK, UTC_ZONE = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("UTC")
SANTIAGO = ZoneInfo("America/Santiago")
SPRING, AUTUMN = datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)


def fires(timetable: Wall | Union, after: datetime, days: float) -> list[str]:
    found = timetable.fires(after=after, until=after + timedelta(days=days))
    return [f"{instant:%m-%dT%H:%M}" for instant in found]


@pytest.mark.parametrize(
    ("dialect", "text", "after", "expected"),
    [
        pytest.param(VIXIE, "30 2 * * *", SPRING, ["03-29T01:00"], id="debian-makes-up"),
        pytest.param(VIXIE, "0,30 2 * * *", SPRING, ["03-29T01:00", "03-29T01:00"], id="debian-makes-up-for-each"),
        pytest.param(VIXIE, "*/30 2 * * *", SPRING, [], id="debian-wildcard-loses"),
        pytest.param(VIXIE, "30 2 * * *", AUTUMN, ["10-25T00:30"], id="debian-first-showing"),
        pytest.param(VIXIE, "*/30 2 * * *", AUTUMN,
                     ["10-25T00:00", "10-25T00:30", "10-25T01:00", "10-25T01:30"], id="debian-wildcard-twice"),
        pytest.param(CRONIE_TZ, "30 2 * * *", SPRING, [], id="cronie-loses-below-a-zone"),
        pytest.param(CRONIE_TZ, "30 2 * * *", AUTUMN, ["10-25T00:30", "10-25T01:30"], id="cronie-twice-below-a-zone"),
        pytest.param(KUBERNETES, "30 2 * * *", SPRING, [], id="robfig-loses"),
        pytest.param(KUBERNETES, "30 2 * * *", AUTUMN, ["10-25T00:30", "10-25T01:30"], id="robfig-twice"),
        pytest.param(YACRON, "30 2 * * *", AUTUMN, ["10-25T00:30", "10-25T01:30"], id="yacron-twice"),
        pytest.param(SUPERCRONIC, "30 2 * * *", SPRING, ["03-29T01:30"], id="go-moves-behind-the-gap-in-berlin"),
        pytest.param(SUPERCRONIC, "30 2 * * *", AUTUMN, ["10-25T01:30"], id="go-takes-the-second-in-berlin"),
        pytest.param(SUPERCRONIC, "*/20 2,5 * * *", SPRING,
                     ["03-29T01:00", "03-29T03:00", "03-29T03:20", "03-29T03:40"], id="go-moves-the-first-alone"),
    ],
)  # fmt: skip
def test_what_crons_do_when_clocks_change(dialect: Dialect, text: str, after: datetime, expected: list[str]) -> None:
    """One day around each change, in Berlin."""
    assert expected == fires(cron_fields.read(text, BERLIN, dialect=dialect), after, 0.9)


def test_celery_moves_the_first_of_several_times_alone() -> None:
    """As seen from Celery 5.7, asked each minute: the fire at the end of the gap is the last until hour 22."""
    hours = frozenset({0, 1, 2, 22, 23})
    wall = Wall(Days(), hours, frozenset({0, 15, 30, 45}), BERLIN, Clock.CELERY)
    after = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert ["03-29T00:45", "03-29T01:00", "03-29T20:00"] == fires(wall, after, 1)[:3]


def test_go_moves_before_the_gap_west_of_greenwich() -> None:
    """Go's time.Date takes the other offset there: half past one."""
    wall = cron_fields.read("30 2 * * *", NEW_YORK, dialect=SUPERCRONIC)
    assert ["03-08T06:30"] == fires(wall, datetime(2026, 3, 7, 12, tzinfo=UTC), 1)


def test_go_takes_one_time_of_those_in_a_gap() -> None:
    """As seen from cronexpr, asked on from each fire and from each later moment."""
    wall = cron_fields.read("15,45 2 * * *", NEW_YORK, dialect=SUPERCRONIC)
    assert ["03-08T06:15", "03-09T06:15"] == fires(wall, datetime(2026, 3, 7, 12, tzinfo=UTC), 2)[:2]


@pytest.mark.parametrize(
    ("text", "zone", "after", "days", "expected"),
    [
        pytest.param("*-*-* 02:30:00", BERLIN, SPRING, 1.9, ["03-30T00:30"], id="the-gap-is-left-out"),
        pytest.param("*-*-* 02:30:00", BERLIN, AUTUMN, 1.9, ["10-25T00:30", "10-26T01:30"], id="the-first-of-two"),
        pytest.param("*-*-* *:00,30:00", BERLIN, AUTUMN + timedelta(hours=11.2), 0.2,
                     ["10-24T23:30", "10-25T00:00", "10-25T00:30", "10-25T02:00", "10-25T02:30", "10-25T03:00",
                      "10-25T03:30", "10-25T04:00"], id="an-hour-without-fires"),
        pytest.param("*-*-* 00:00:00", SANTIAGO, datetime(2026, 9, 4, 12, tzinfo=UTC), 3,
                     ["09-05T04:00", "09-07T03:00"], id="midnight-that-is-not"),
        pytest.param("Mon *-*~07/1", UTC_ZONE, datetime(2026, 3, 7, 12, tzinfo=UTC), 60,
                     ["03-30T00:00", "04-27T00:00"], id="last-monday"),
        pytest.param("*~1", UTC_ZONE, datetime(2026, 3, 7, 12, tzinfo=UTC), 60,
                     ["03-31T00:00", "04-30T00:00"], id="last-day"),
        pytest.param("2026-03~*", UTC_ZONE, datetime(2026, 3, 29, 12, tzinfo=UTC), 60,
                     ["03-30T00:00", "03-31T00:00"], id="every-day-from-the-end"),
        pytest.param("2027-01~2..8/3", UTC_ZONE, datetime(2026, 3, 7, 12, tzinfo=UTC), 420,
                     ["01-24T00:00", "01-27T00:00", "01-30T00:00"], id="a-range-from-the-end-steps-away-from-it"),
        pytest.param("2027-01~26..27/2", UTC_ZONE, datetime(2026, 3, 7, 12, tzinfo=UTC), 420,
                     ["01-06T00:00"], id="a-short-range-from-the-end"),
        pytest.param("2027-2..5-10", UTC_ZONE, datetime(2026, 3, 7, 12, tzinfo=UTC), 420,
                     ["02-10T00:00", "03-10T00:00", "04-10T00:00"], id="years-and-months"),
        pytest.param("*:0/15", UTC_ZONE, datetime(2026, 3, 7, 12, tzinfo=UTC), 0.03,
                     ["03-07T12:15", "03-07T12:30"], id="steps"),
        pytest.param("weekly", UTC_ZONE, datetime(2026, 3, 7, 12, tzinfo=UTC), 10,
                     ["03-09T00:00", "03-16T00:00"], id="shorthand"),
        pytest.param("Mon,Wed..Fri 5:30", UTC_ZONE, datetime(2026, 3, 7, 12, tzinfo=UTC), 6,
                     ["03-09T05:30", "03-11T05:30", "03-12T05:30", "03-13T05:30"], id="weekdays"),
    ],
)  # fmt: skip
def test_what_systemd_does(text: str, zone: ZoneInfo, after: datetime, days: float, expected: list[str]) -> None:
    """As `systemd-analyze calendar` of systemd 252 answers."""
    assert expected == fires(on_calendar.read(text, zone), after, days)


@pytest.mark.parametrize(
    "text",
    [
        "Sat..Mon",
        "25:00",
        "*-13-01",
        "*-*-* 1:2:3:4",
        "05:30 *-*-*",
        "*:0/0",
        "*-*~10..4",
        "*/3:00",
        "*-*/2-1",
        "*:54/6",
        "22/2:00",
        "*-*~7/7",
        "*-*~5/0",
        "",
        "Europe/Berlin",
    ],
)
def test_systemd_refuses(text: str) -> None:
    """What it refuses is no calendar here either."""
    with pytest.raises(CalendarError):
        on_calendar.read(text, UTC_ZONE)


@pytest.mark.parametrize(
    ("dialect", "text", "days"),
    [
        pytest.param(VIXIE, "0 0 */2 * 1", [1, 15, 29], id="debian-star-slash-asks-for-both"),
        pytest.param(KUBERNETES, "0 0 */15 * 1", [1, 8, 15, 16, 22, 29], id="robfig-star-slash-is-a-number"),
        pytest.param(KUBERNETES, "0 0 */1 * 1", [1, 8, 15, 22, 29], id="robfig-star-slash-one-is-a-star"),
        pytest.param(VIXIE, "0 0 13 * 5", [5, 12, 13, 19, 26], id="debian-either"),
        pytest.param(YACRON, "0 0 1-7 * 5", [5], id="yacron-both"),
        pytest.param(YACRON, "0 0 * * L5", [26], id="yacron-last-friday"),
        pytest.param(YACRON, "0 0 * * fri-sun", [5, 6, 7, 12, 13, 14, 19, 20, 21, 26, 27, 28], id="yacron-to-sunday"),
        pytest.param(YACRON, "0 0 1-7 * 5-0", [5, 6, 7], id="yacron-to-zero"),
        pytest.param(YACRON, "0 0 1-7 * 1/3", [1, 4], id="yacron-steps-end-on-saturday"),
        pytest.param(
            SUPERCRONIC, "0 0 * 6 1/3", [1, 4, 8, 11, 15, 18, 22, 25, 29], id="supercronic-steps-end-on-saturday"
        ),
        pytest.param(SUPERCRONIC, "0 0 * 06 7/5", [5, 7, 12, 14, 19, 21, 26, 28], id="supercronic-steps-from-sunday"),
        pytest.param(SUPERCRONIC, "0 0 ? * 05", [7, 14, 21, 28], id="supercronic-makes-sundays-of-zeros"),
        pytest.param(SUPERCRONIC, "0 0 */10 * 1", [1, 8, 11, 15, 21, 22, 29], id="supercronic-star-slash"),
        pytest.param(SUPERCRONIC, "0 0 1,? * friday", [5, 12, 19, 26], id="supercronic-a-mark-among-others"),
        pytest.param(KUBERNETES, "0 0 1,,2, * *", [1, 2], id="robfig-takes-commas-too-many"),
        pytest.param(OURS, "0 0 * 6 1/3", [1, 4, 7, 8, 11, 14, 15, 18, 21, 22, 25, 28, 29], id="ours-steps-to-7"),
        pytest.param(SUPERCRONIC, "0 0 1-3 * 1", [1, 2, 3, 8, 15, 22, 29], id="supercronic-either"),
        pytest.param(SUPERCRONIC, "0 0 * * 0-7", [7, 14, 21, 28], id="supercronic-makes-0-of-7-at-ends"),
        pytest.param(SUPERCRONIC, "0 0 15W * *", [15], id="supercronic-workday"),
        pytest.param(SUPERCRONIC, "0 0 13W * *", [12], id="supercronic-nearest-workday"),
        pytest.param(SUPERCRONIC, "0 0 * * 5L,mon#2", [8, 26], id="supercronic-weekdays"),
        pytest.param(OFELIA, "0 0 0 7 6 ?", [7], id="ofelia-seconds-first"),
    ],
)
def test_the_day_rules(dialect: Dialect, text: str, days: list[int]) -> None:
    """The days of June 2026, which began on a Monday."""
    wall = cron_fields.read(text, UTC_ZONE, dialect=dialect)
    found = wall.fires(after=datetime(2026, 5, 31, 12, tzinfo=UTC), until=datetime(2026, 6, 30, 23, tzinfo=UTC))
    assert days == [instant.day for instant in found]


@pytest.mark.parametrize(
    ("dialect", "text", "field"),
    [(KUBERNETES, "0 0 * * 7", 4), (VIXIE, "0 0 * * ?", 4), (VIXIE, "0 22-2 * * *", 1), (VIXIE, "0 0 L * *", 2),
     (KUBERNETES, "*/0 * * * *", 0), (OFELIA, "0 0 99 * * *", 2), (VIXIE, "* * * *", 0), (CRONIE_TZ, "0 3/6 * * *", 1),
     (YACRON, "0 */24 * * *", 1), (YACRON, "0 0 * 12/1 *", 3), (YACRON, "0 0 * * fri-sun/3", 4),
     (YACRON, "@midnight", 0), (SUPERCRONIC, "*/60 * * * *", 0), (SUPERCRONIC, "0 0 * * */7", 4),
     (SUPERCRONIC, "0 0 * * 1-7", 4), (SUPERCRONIC, "@midnight", 0), (SUPERCRONIC, "005 0 * * *", 0),
     (SUPERCRONIC, "*/005 0 * * *", 0), (SUPERCRONIC, "0 0 99W * *", 2), (SUPERCRONIC, "0 0 * sept *", 3),
     (SUPERCRONIC, "0 0 * * 08", 4),
     (YACRON, "0 0 ? ? ?", 3), (SUPERCRONIC, "0 , * * *", 1), (VIXIE, "0 1,,2 * * *", 1),
     (VIXIE, "00060 * * * *", 0)],
)  # fmt: skip
def test_refuses_what_its_tool_refuses(dialect: Dialect, text: str, field: int) -> None:
    """With the field that it is about, counted from 0."""
    with pytest.raises(DialectError) as caught:
        cron_fields.read(text, UTC_ZONE, dialect=dialect)
    assert field == caught.value.field


@pytest.mark.parametrize(
    ("dialect", "item", "said"),
    [
        (VIXIE, "6#2", "Debian's cron reads '6' of '6#2' and drops the rest"),
        (VIXIE, "*3", "Debian's cron reads '*' of '*3' and drops the rest"),
        (VIXIE, "*/2-5", "Debian's cron reads '*/2' of '*/2-5' and drops the rest"),
        (VIXIE, "1-5-6", "Debian's cron reads '1-5' of '1-5-6' and drops the rest"),
        (VIXIE, "5l", "Debian's cron cannot read '5l'"),
        (VIXIE, "5-", "Debian's cron cannot read '5-'"),
        (VIXIE, "5/", "Debian's cron cannot read '5/'"),
        (VIXIE, "*/2x", "Debian's cron cannot read '*/2x'"),
        (CRONIE_TZ, "6#2", "cronie cannot read '6#2'"),
        (VIXIE, "sat-sun", "Debian's cron never fires for the range 'sat-sun', which ends before it begins"),
        (KUBERNETES, "sat-sun", "Kubernetes refuses the range 'sat-sun', which ends before it begins"),
        (YACRON, "*/8", "yacron refuses the step of '*/8', which leads beyond what the field holds"),
        (VIXIE, "1/2", "Debian's cron refuses '1/2': write 1-7/2 for all up to 7"),
    ],
)
def test_says_what_its_tool_makes_of_what_is_no_item(dialect: Dialect, item: str, said: str) -> None:
    """As cron 3.0pl1 and cronie 1.7 of Debian answer, or fire."""
    with pytest.raises(DialectError, match=re.escape(said)):
        cron_fields.read(f"0 0 * * {item}", UTC_ZONE, dialect=dialect)


@pytest.mark.parametrize("dialect", [VIXIE, CRONIE_TZ, KUBERNETES, OFELIA, YACRON, OURS])
def test_zeros_in_front_say_nothing(dialect: Dialect) -> None:
    """However many they are."""
    zeros = "0" * 30
    text = f"{zeros}5 {zeros}1-{zeros}3/{zeros}2 {zeros} * *".replace(f"{zeros} ", f"{zeros}7 ")
    assert cron_fields.read("5 1-3/2 7 * *", UTC_ZONE, dialect=dialect) == cron_fields.read(
        text, UTC_ZONE, dialect=dialect
    )


def test_what_two_calendars_share_fires_once() -> None:
    """As one unit of systemd does."""
    both = Union((on_calendar.read("*-*-13", UTC_ZONE), on_calendar.read("Sat", UTC_ZONE)))
    assert ["06-13T00:00", "06-20T00:00"] == fires(both, datetime(2026, 6, 12, tzinfo=UTC), 9)


def test_a_period_without_a_phase_begins_at_the_question() -> None:
    """The tool counts from its own start."""
    found = Periodic(timedelta(hours=7)).fires(after=AUTUMN, until=AUTUMN + timedelta(hours=15))
    assert [AUTUMN + timedelta(hours=7), AUTUMN + timedelta(hours=14)] == list(found)
