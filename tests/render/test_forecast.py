"""The calendar of runs: iCalendar that an independent reader understands, and a heat map that fits."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schedrun.core.plan import forecast
from schedrun.core.plan.forecast import Window
from schedrun.core.plan.load import Minutes
from schedrun.render import forecast_heat, forecast_ical, forecast_json, forecast_table
from schedrun.render.forecast_calendar import Calendar, Entry, Rest
from schedrun.render.width import display_width
from tests.core.plan.builders import job

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def calendar(description: str | None = None, *, key: str = "s/a", count: int = 2) -> Calendar:
    entries = tuple(Entry(BEGIN + timedelta(hours=hour, milliseconds=5), key, "Europe/Berlin") for hour in range(count))
    rest = Rest("s/z", "a|b\x1b", BEGIN + timedelta(hours=1))
    return Calendar(BEGIN, BEGIN + timedelta(days=1), entries, {key: (description, "every hour")}, (rest,))


def read(text: str) -> list[dict[str, str]]:
    """Read events by RFC 5545: unfold (3.1), split name and value, unescape TEXT (3.3.11)."""
    lines = text.replace("\r\n ", "").replace("\r\n\t", "").split("\r\n")
    assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
    events: list[dict[str, str]] = []
    inside = False
    for line in lines[1:-2]:
        name, _, value = line.partition(":")
        if line in {"BEGIN:VEVENT", "END:VEVENT"}:
            assert inside == (name == "END")
            inside = not inside
            events += [{}] if inside else []
        elif inside:
            assert name not in events[-1]
            events[-1][name] = _unescaped(value)
    assert not inside
    return events


def _unescaped(value: str) -> str:
    shown, letters = "", iter(value)
    for letter in letters:
        if letter == "\\":
            escaped = next(letters)
            assert escaped in "\\;,nN"
            shown += "\n" if escaped in "nN" else escaped
        else:
            assert letter not in ";,"
            shown += letter
    return shown


def test_an_event_for_each_run() -> None:
    """UTC to the second, the job as the title, its schedule below."""
    first, second = read(forecast_ical.text(calendar("Close; the, day")))
    assert ("20260601T000000Z", "20260601T010000Z") == (first["DTSTART"], second["DTSTART"])
    assert ("s/a", "Close; the, day\nevery hour") == (first["SUMMARY"], first["DESCRIPTION"])
    assert {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "TRANSP"} == set(first)


def test_a_calendar_in_full() -> None:
    """What RFC 5545 demands of one (3.6), stamped with the beginning; the identity of a run never changes."""
    uid = "UID:9e43982c72016a1d2d4037004bee457d@schedrun"
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//schedrun//forecast//EN", "CALSCALE:GREGORIAN"),
        *("BEGIN:VEVENT", uid, "DTSTAMP:20260531T230000Z", "DTSTART:20260601T000000Z", "SUMMARY:s/a"),
        *("DESCRIPTION:every hour", "TRANSP:TRANSPARENT", "END:VEVENT", "END:VCALENDAR", ""),
    ]
    begun = replace(calendar(count=1), begin=BEGIN - timedelta(hours=1))
    assert lines == forecast_ical.text(begun).split("\r\n")


def test_a_run_keeps_its_uid() -> None:
    """A longer forecast from another beginning names the same run the same, and another one otherwise."""
    short, long = (
        read(forecast_ical.text(calendar(count=1))),
        read(forecast_ical.text(calendar("other words", count=3))),
    )
    assert short[0]["UID"] == long[0]["UID"]
    assert 3 == len({event["UID"] for event in long})


@given(description=st.text(max_size=200))
@example("\r")
def test_lines_are_folded_and_texts_survive(description: str) -> None:
    """At most 75 octets a line, no character cut in two, no control character, and the words come back."""
    text = forecast_ical.text(calendar(description, count=1))
    for line in text.encode().split(b"\r\n"):
        assert 75 >= len(line)
        assert all(ord(letter) >= 32 for letter in line.decode())
    (event,) = read(text)
    kept = f"{description}\nevery hour".replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in kept if c == "\n" or (ord(c) >= 32 and ord(c) != 127 and not 0xD800 <= ord(c) < 0xE000))
    assert kept == event["DESCRIPTION"]


def test_json_has_complete_instants() -> None:
    """Window, runs on both clocks, and who rests."""
    assert {
        "window": {"from": "2026-06-01T00:00:00Z", "to": "2026-06-02T00:00:00Z"},
        "runs": [
            {"job": "s/a", "utc": "2026-06-01T00:00:00.005000Z", "local": "2026-06-01T02:00:00.005000+02:00"},
        ],
        "paused": [{"job": "s/z", "reason": "a|b\x1b", "until": "2026-06-01T01:00:00Z"}],
    } == forecast_json.calendar_view(calendar(count=1))


def test_the_table_says_when_there_is_no_run() -> None:
    """An empty table would look like a mistake."""
    assert "No run from 2026-06-01T00:00:00Z to 2026-06-02T00:00:00Z." == forecast_table.text(calendar(count=0))
    assert ["UTC", "2026-06-01T00:00:00Z"] == [
        line.split()[0] for line in forecast_table.text(calendar(count=1)).split("\n")
    ]


def minutes(*, hours: int, schedules: Mapping[str, str]) -> Minutes:
    tick = timedelta.resolution
    told = Minutes(Window(BEGIN - tick, BEGIN + timedelta(hours=hours) - tick))
    told.tell(forecast.timeline(job(schedule={"cron": text}), key=key) for key, text in schedules.items())
    return told


BUSY = {"s/a": "0 * * * *", "s/b": "*/20 8-18 * * *", "s/c": "0 12 * * *", "s/d": "30 12 * * mon-fri"}


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 120])
@pytest.mark.parametrize("hours", [6, 24 * 8])
def test_a_heat_map_fits_the_terminal(width: int, hours: int) -> None:
    """Columns join where there is no room for each, down to a narrow one."""
    lines = forecast_heat.text(minutes(hours=hours, schedules=BUSY), zone=BERLIN, width=width).splitlines()
    least = 31 if hours == 6 else 20
    assert max(width, least) >= max(map(display_width, lines))


@pytest.mark.parametrize(
    ("hours", "width", "what", "heading"),
    [
        (72, 35, "an hour", "           0  3  6  9  12 15 18 21"),
        (72, 34, "in 2 hours", "           0  6  12 18"),
        (72, 22, "in 3 hours", "           0  9  18"),
        (72, 18, "in 4 hours", "           0  12"),
        (72, 16, "in 6 hours", "           0  18"),
        (72, 14, "in 12 hours", "           0"),
        (6, 77, "a minute", f"{'':17}0         10        20        30        40        50"),
        (6, 76, "in 2 minutes", f"{'':17}0    10   20   30   40   50"),
        (6, 46, "in 5 minutes", f"{'':17}0  15 30 45"),
        (6, 28, "in 10 minutes", f"{'':17}0  30"),
        (6, 22, "in 15 minutes", f"{'':17}0  45"),
        (6, 20, "in 30 minutes", f"{'':17}0"),
    ],
)
def test_columns_join_only_as_far_as_they_must(hours: int, width: int, what: str, heading: str) -> None:
    """And the legend says what one stands for."""
    lines = forecast_heat.text(minutes(hours=hours, schedules=BUSY), zone=BERLIN, width=width).splitlines()
    assert (heading, True) == (lines[0], any(line.startswith(f"starts {what}:") for line in lines))


@pytest.mark.parametrize(("seconds", "rows"), [(48 * 3600, 49), (48 * 3600 + 60, 3)])
def test_two_days_are_shown_by_minutes_wherever_they_begin(seconds: int, rows: int) -> None:
    """Also from within a minute; a minute more has a row a day."""
    told = Minutes(Window(BEGIN + timedelta(seconds=30), BEGIN + timedelta(seconds=30 + seconds)))
    told.tell([forecast.timeline(job(schedule={"cron": "0 * * * *"}), key="s/a")])
    assert rows == sum(line.startswith("2026-") for line in forecast_heat.text(told, zone=ZoneInfo("UTC")).splitlines())


def test_shades_stand_for_quarters_of_the_busiest_cell() -> None:
    """Each begins where the one before ends."""
    busy = {f"s/{number}": "0 * * * *" for number in range(100)}
    lines = forecast_heat.text(minutes(hours=72, schedules=busy), zone=BERLIN).splitlines()
    assert "starts an hour: · 0  ░ 1-24  ▒ 25-49  ▓ 50-74  █ 75+" == lines[-2]
    assert "7200 runs; busiest minute 2026-06-01 02:00 (Europe/Berlin): 100 starts" == lines[-1]


ROWS = ["  ░░░░░░░░▓▓▓▓█▓▓▓▓▓▓░░░", "░░░░░░░░░░▓▓▓▓█▓▓▓▓▓▓░░░", "░░░░░░░░░░▓▓▓▓█▓▓▓▓▓▓░░░", "░░"]


def test_days_by_hours() -> None:
    """A row a day on the wanted clock; what lies outside of the window is blank."""
    lines = forecast_heat.text(minutes(hours=72, schedules=BUSY), zone=BERLIN).splitlines()
    assert ["2026-06-01", "2026-06-02", "2026-06-03", "2026-06-04"] == [line[:10] for line in lines[1:5]]
    assert "177 runs; busiest minute 2026-06-01 14:00 (Europe/Berlin): 3 starts" == lines[-1]
    assert ROWS == [line[11:] for line in lines[1:5]]
    assert "starts an hour: · 0  ░ 1  ▒ 2  ▓ 3-4  █ 5+" == lines[-2]


def test_a_day_by_minutes() -> None:
    """Up to two days each row is an hour."""
    lines = forecast_heat.text(minutes(hours=2, schedules={"s/a": "*/20 * * * *"}), zone=ZoneInfo("UTC")).splitlines()
    assert f"2026-06-01 00:00 {'░···················' * 3}" == lines[1]


def test_plain_shades_where_the_terminal_knows_no_blocks() -> None:
    """ASCII only."""
    text = forecast_heat.text(minutes(hours=72, schedules=BUSY), zone=BERLIN, blocks=False)
    assert text.isascii()
    assert "#" in text


def test_an_idle_window_says_so() -> None:
    """No map of nothing."""
    assert "No run starts." == forecast_heat.text(minutes(hours=5, schedules={}), zone=BERLIN)
