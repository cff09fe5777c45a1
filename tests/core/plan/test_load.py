"""How many runs start in each minute, and how far that is counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.plan import forecast, load
from schedrun.core.plan.forecast import Timeline, Window
from schedrun.core.plan.load import Busiest, Minutes
from schedrun.core.schedule.fires import BEGINNING
from tests.core.plan.builders import job

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TICK = timedelta.resolution
SPAN = Window(NOON, NOON + timedelta(hours=2))


def line(key: str = "s/a", **schedule: Any) -> Timeline:
    return forecast.timeline(job(schedule=schedule), key=key)


def minutes(*lines: Timeline, window: Window = SPAN) -> Minutes:
    told = Minutes(window)
    told.tell(lines)
    return told


def test_nothing_has_no_busiest_minute() -> None:
    """An idle window says so."""
    assert minutes().busiest() is None


def test_the_first_of_several_is_the_busiest() -> None:
    """The window is open at its beginning: what starts at noon is past."""
    told = minutes(line("s/a", cron="30 * * * *"), line("s/b", cron="30 * * * *"), line("s/c", cron="0 * * * *"))
    assert Busiest(NOON + timedelta(minutes=30), 2) == told.busiest()


def test_counts_what_starts_several_times_a_minute() -> None:
    """Every ten seconds is six times a minute, and a millisecond costs no more."""
    told = minutes(line(every="10s"), line(every="1ms"))
    after = NOON + timedelta(minutes=1)
    assert (Busiest(after, 60_006), 60_004) == (told.busiest(), dict(told.items())[NOON])


@pytest.mark.parametrize(
    ("at", "runs"),
    [
        pytest.param("12:00:00", 0, id="now"),
        pytest.param("12:00:01", 1, id="just-after-now"),
        pytest.param("14:00:00", 1, id="at-the-end"),
        pytest.param("14:00:01", 0, id="behind-the-end"),
    ],
)
def test_counts_what_the_window_holds(at: str, runs: int) -> None:
    """The load is that of the runs which the plan lists: after now, up to the end and with it."""
    told = minutes(line(at=f"2026-06-01T{at}Z"), line(every="30s"))
    alone = minutes(line(every="30s"))
    assert runs == sum(dict(told.items()).values()) - sum(dict(alone.items()).values())


def test_a_spread_moves_the_start() -> None:
    """The load is that of what is carried out, not of what is nominal."""
    told = minutes(*(line(f"s/{number}", cron="30 12 * * *", spread="10m") for number in range(50)))
    busiest = told.busiest()
    assert busiest is not None
    assert 50 > busiest.runs
    assert 50 == sum(runs for _, runs in told.items())


@pytest.mark.parametrize(
    ("nominal", "window"),
    [
        pytest.param("0 12 * * *", Window(NOON + timedelta(seconds=30), SPAN.until), id="beginning"),
        pytest.param("0 14 * * *", Window(NOON, SPAN.until + timedelta(seconds=30)), id="end"),
    ],
)
def test_delays_differ_where_the_window_cuts_a_minute(nominal: str, window: Window) -> None:
    """Crontabs with delays of as many minutes are looked at once, but for those on two sides of a cut."""
    lines = [_delayed(line(cron=nominal), seconds) for seconds in (30, 45, 15)]
    for some in (lines, lines[:2], lines[::2], lines[1:]):
        runs = sum(len(forecast.runs(each, window)) for each in some)
        assert runs == sum(dict(minutes(*some, window=window).items()).values())


def _delayed(timeline: Timeline, seconds: int) -> Timeline:
    return replace(timeline, fires=timeline.fires._replace(offset=timedelta(seconds=seconds)))


LATE, LATER = sorted(
    (line(f"s/{name}", cron="* * * * *", spread="1m") for name in "ab"), key=lambda each: each.fires.offset
)
"""Two delays of less than a minute."""


@pytest.mark.parametrize(
    ("window", "opens"),
    [
        pytest.param(Window(NOON + LATE.fires.offset, SPAN.until), BEGINNING, id="begins-with-a-run"),
        pytest.param(Window(NOON, SPAN.until + LATE.fires.offset), BEGINNING, id="ends-with-a-run"),
        pytest.param(SPAN, NOON + LATE.fires.offset, id="a-pause-ends-with-a-run"),
    ],
)
def test_jobs_that_start_in_the_same_minutes_differ_where_one_is_cut(window: Window, opens: datetime) -> None:
    """Of the minute in which the window begins, ends or is no longer paused one of them has a run, the other none."""
    lines = [replace(each, opens=opens) for each in (LATE, LATER)]
    counted = sum(runs for _, runs in minutes(*lines, window=window).items())
    assert sum(len(forecast.runs(each, window)) for each in lines) == counted
    assert 1 == abs(len(forecast.runs(lines[0], window)) - len(forecast.runs(lines[1], window)))


def test_begins_with_the_first_minute_that_the_window_touches() -> None:
    """What begins right before noon has noon as its first instant."""
    assert [NOON] == [minute for minute, _ in minutes(window=Window(NOON - TICK, NOON)).items()]


def test_stops_counting_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not counted to its end has no busiest minute."""
    monkeypatch.setattr(load, "_MOST_STEPS", 10)
    told = minutes(line(cron="* * * * *"))
    assert (False, None) == (told.complete, told.busiest())


@given(
    schedules=st.lists(
        st.sampled_from(
            (
                {"cron": "*/7 * * * *"},
                {"cron": "0 * * * *", "spread": "3m"},
                {"every": "45s"},
                {"every": "61s", "spread": "2m"},
                {"cron": "* * * * *", "end": "2026-06-01T12:30:00Z"},
                {"at": "2026-06-01T12:07:03Z"},
            )
        ),
        max_size=6,
    ),
    seconds=st.integers(0, 300),
    length=st.integers(0, 7000),
)
def test_counts_each_run_once(schedules: list[dict[str, str]], seconds: int, length: int) -> None:
    """Minute by minute, what was counted is what runs there, and all that runs in the window."""
    begin = NOON + timedelta(seconds=seconds)
    window = Window(begin, begin + timedelta(seconds=length))
    lines = [line(f"s/{number}", **schedule) for number, schedule in enumerate(schedules)]
    told = dict(minutes(*lines, window=window).items())
    assert sum(told.values()) == sum(len(forecast.runs(each, window)) for each in lines)
    for minute, runs in told.items():
        last = min(minute + timedelta(minutes=1) - TICK, window.until)
        within = Window(max(minute - TICK, window.after), last)
        assert runs == sum(len(forecast.runs(each, within)) for each in lines)
