"""Which runs appear, vanish and move: samples that people would agree on, and laws that hold for every change."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.plan import forecast, run_diff
from schedrun.core.plan.forecast import Timeline, Window
from tests.core.plan.builders import job

MONDAY = datetime(2026, 6, 1, 12, tzinfo=UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))


def line(key: str = "s/a", **said: Any) -> Timeline:
    return forecast.timeline(job(**said), key=key)


def cron(text: str, **said: Any) -> Timeline:
    return line(schedule={"cron": text}, **said)


def every(period: str, **more: str) -> Timeline:
    return line(schedule={"every": period, **more})


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-06-{text}").replace(tzinfo=UTC)


def numbers(before: Timeline | None, after: Timeline | None, window: Window = WEEK) -> tuple[int, int, int]:
    diff = run_diff.between(before, after, window=window)
    return len(diff.appear), len(diff.vanish), len(diff.move)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(None, cron("0 2 * * *"), (7, 0, 0), id="created"),
        pytest.param(cron("0 2 * * *"), None, (0, 7, 0), id="removed"),
        pytest.param(cron("0 2 * * *"), cron("0 2 * * *"), (0, 0, 0), id="same"),
        pytest.param(cron("0 2 * * *"), cron("0 3 * * *"), (0, 0, 7), id="an-hour-later"),
        pytest.param(cron("0 2 * * *"), cron("0 15 * * *"), (1, 1, 6), id="across-the-edge-of-the-window"),
        pytest.param(cron("0 2 * * *"), cron("0 2 * * *", timezone="America/New_York"), (0, 0, 7), id="another-zone"),
        pytest.param(cron("0 2,14 * * *"), cron("0 3,15 * * *"), (0, 0, 14), id="twice-a-day"),
        pytest.param(cron("0 * * * *"), cron("5 * * * *"), (1, 1, 167), id="hourly"),
        pytest.param(cron("0 2 * * *"), cron("0 2 * * mon-fri"), (0, 2, 0), id="no-weekends"),
        pytest.param(cron("0 2 * * *"), cron("0 2,3 * * *"), (7, 0, 0), id="one-more-a-day"),
        pytest.param(cron("*/10 * * * *"), cron("*/15 * * * *"), (336, 672, 0), id="another-rate-moves-nothing"),
        pytest.param(cron("0 2 * * wed"), cron("0 2 * * thu"), (0, 0, 1), id="weekly"),
        pytest.param(cron("0 2 * * mon"), cron("0 2 * * fri"), (1, 1, 0), id="weekly-across-weeks"),
        pytest.param(cron("0 2 3 * *"), cron("0 2 5 * *"), (0, 0, 1), id="monthly"),
        pytest.param(every("15m"), every("15m", anchor="2026-01-01T00:05:00Z"), (1, 1, 671), id="another-phase"),
        pytest.param(every("15m"), every("15m", anchor="2026-01-01T00:10:00Z"), (0, 0, 672), id="half-or-more-is-back"),
        pytest.param(every("30m"), every("30m", anchor="2026-01-01T00:15:00Z"), (1, 1, 335), id="just-half-is-ahead"),
        pytest.param(every("15m"), every("15m", anchor="2026-01-01T00:45:00Z"), (0, 0, 0), id="the-same-grid"),
        pytest.param(every("15m"), every("30m"), (0, 336, 0), id="half-as-often"),
        pytest.param(
            line(schedule={"at": "2026-06-02T00:00:00Z"}),
            line(schedule={"at": "2026-06-05T00:00:00Z"}),
            (0, 0, 1),
            id="one-time",
        ),
        pytest.param(
            line(schedule={"at": "2026-06-02T00:00:00Z"}),
            line(schedule={"at": "2027-06-05T00:00:00Z"}),
            (0, 1, 0),
            id="one-time-out-of-the-window",
        ),
        pytest.param(every("1h"), line(schedule={"every": "1h"}, paused=True), (0, 168, 0), id="paused"),
        pytest.param(
            every("1h"),
            line(schedule={"every": "1h"}, paused={"until": "2026-06-02T12:00:00Z"}),
            (0, 24, 0),
            id="paused-for-a-day",
        ),
        pytest.param(line(schedule={"every": "1h"}, paused=True), every("1h"), (168, 0, 0), id="resumed"),
        pytest.param(
            every("1h"),
            line(schedule={"every": "1h"}, paused={"until": "2026-06-01T11:00:00Z"}),
            (0, 0, 0),
            id="paused-in-the-past",
        ),
        pytest.param(every("1h"), every("1h", end="2026-06-02T12:00:00Z"), (0, 145, 0), id="ends"),
    ],
)
def test_numbers(before: Timeline | None, after: Timeline | None, expected: tuple[int, int, int]) -> None:
    """(appear, vanish, move) in the week from Monday noon."""
    assert expected == numbers(before, after)


def test_a_grid_that_moves_by_half_its_period_moves_forwards() -> None:
    """Both ways are equally long, and what comes later can still be waited for."""
    half = every("2h", anchor="2026-01-01T01:00:00Z")
    diff = run_diff.between(every("2h"), half, window=WEEK)
    assert {timedelta(hours=1)} == {move.after - move.before for move in diff.move}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("0 0 7,10,15 * *", "0 0 7,11,15 * *", (0, 0, 1), id="one-a-week-from-monday-to-sunday"),
        pytest.param("0 0 9,16 * *", "0 0 10,18,20 * *", (3, 2, 0), id="then-two-in-one-of-the-weeks"),
        pytest.param("0 0 10,18,20 * *", "0 0 9,16 * *", (2, 3, 0), id="first-two-in-one-of-the-weeks"),
    ],
)
def test_weeks_match_runs_that_come_at_most_once_a_week(
    before: str, after: str, expected: tuple[int, int, int]
) -> None:
    """A week begins with its Monday at midnight, as the 15th is, and ends before the next."""
    assert expected == numbers(cron(before), cron(after), Window(at("06T23:00"), at("20T02:00")))


@pytest.mark.parametrize(
    ("zone", "window"),
    [
        pytest.param("Asia/Tokyo", Window(at("01T20:00"), at("03T20:00")), id="its-day-begins-first"),
        pytest.param("America/New_York", Window(at("01T02:00"), at("03T02:00")), id="its-day-begins-last"),
    ],
)
def test_every_day_that_the_window_touches_on_either_clock_is_compared(zone: str, window: Window) -> None:
    """At the edges of the window it is another day on one of the two."""
    there, back = cron("30 * * * *"), cron("15 * * * *", timezone=zone)
    appear, vanish = set(forecast.runs(back, window)), set(forecast.runs(there, window))
    diff = run_diff.between(there, back, window=window)
    assert appear == {*diff.appear, *(move.after for move in diff.move)}
    assert vanish == {*diff.vanish, *(move.before for move in diff.move)}


def test_a_daily_run_moves_on_its_own_day() -> None:
    """02:00 becomes 03:00 of the same day, and what crosses the edge of the window appears or vanishes."""
    window = Window(at("01T02:30"), at("08T02:30"))
    diff = run_diff.between(cron("0 2 * * *"), cron("0 3 * * *"), window=window)
    assert ((at("01T03:00"),), (at("08T02:00"),)) == (diff.appear, diff.vanish)
    assert [(at(f"0{day}T02:00"), at(f"0{day}T03:00")) for day in range(2, 8)] == [
        (move.before, move.after) for move in diff.move
    ]


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        pytest.param(cron("0 15 * * *"), cron("0 9 * * *"), [("01T15:00", "01T09:00")], id="moved-before-now"),
        pytest.param(cron("0 15 * * *"), cron("0 12 * * *"), [("01T15:00", "01T12:00")], id="moved-to-now"),
        pytest.param(cron("0 15 * * *"), cron("0 13 * * *"), [], id="moved-ahead-of-now"),
        pytest.param(cron("0 11 * * *"), cron("0 9 * * *"), [], id="had-run-before"),
        pytest.param(
            line(schedule={"at": "2026-06-01T15:00:00Z"}),
            line(schedule={"at": "2026-06-01T12:00:00Z"}),
            [("01T15:00", "01T12:00")],
            id="shifted-to-now",
        ),
    ],
)
def test_a_run_that_moves_to_before_now_has_passed(
    before: Timeline, after: Timeline, passed: list[tuple[str, str]]
) -> None:
    """Of the runs to come, those alone whose new time is not to come any more."""
    moves = run_diff.between(before, after, window=WEEK).passed
    assert [(at(old), at(new)) for old, new in passed] == [(move.before, move.after) for move in moves]


def test_the_window_is_open_at_its_beginning_and_closed_at_its_end() -> None:
    """(now, now + 7 days]: the run at now is past, the one a week later counts."""
    window = Window(at("01T02:00"), at("08T02:00"))
    diff = run_diff.between(None, cron("0 2 * * *"), window=window)
    assert (at("02T02:00"), at("08T02:00")) == (diff.appear[0], diff.appear[-1])


def test_a_week_and_a_day_may_touch_three_weeks() -> None:
    """Runs that come once in each of them are matched by the week all the same."""
    window = Window(at("07T12:00"), at("15T14:00"))
    assert (0, 0, 1) == numbers(cron("0 13 7,10,15 * *"), cron("0 13 7,12,15 * *"), window)


def test_a_rename_moves_nothing_unless_the_job_is_spread() -> None:
    """The offset comes from the key, so each run moves by the difference of two offsets."""
    assert (0, 0, 0) == numbers(line("s/a", schedule={"every": "1h"}), line("s/b", schedule={"every": "1h"}))
    spread = {"cron": "0 2 * * *", "spread": "10m"}
    before, after = line("s/a", schedule=spread), line("s/b", schedule=spread)
    shift = after.fires.offset - before.fires.offset
    diff = run_diff.between(before, after, window=WEEK)
    assert shift
    assert [shift] * 7 == [move.after - move.before for move in diff.move]


def test_a_pause_ends_after_the_run_at_its_last_instant() -> None:
    """As in the live scheduler, what is due exactly when the pause ends is skipped."""
    paused = line(schedule={"every": "1h"}, paused={"until": "2026-06-01T15:00:00Z"})
    assert at("01T15:00") == run_diff.between(every("1h"), paused, window=WEEK).vanish[-1]


CRONS = ("0 2 * * *", "0 3 * * *", "*/20 * * * *", "5 1-23/3 * * mon-fri", "30 2 * * 0", "0 0 1 * *", "17 4 13 * 5")
ZONES = (None, "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
INSTANTS = ("2026-03-28T00:00:00Z", "2026-03-30T05:00:00Z", "2026-10-25T00:30:00Z", "2026-03-29T01:00:00Z")
schedules = st.one_of(
    st.builds(lambda text: {"cron": text}, st.sampled_from(CRONS)),
    st.builds(lambda period: {"every": period}, st.sampled_from(("15m", "1h", "7h", "2d"))),
    st.builds(
        lambda period, anchor: {"every": period, "anchor": anchor},
        st.sampled_from(("15m", "1h")),
        st.sampled_from(("2026-01-01T00:05:00Z", "2026-01-01T00:40:00Z")),
    ),
    st.builds(lambda instant: {"at": instant, "end": "2027-01-01T00:00:00Z"}, st.sampled_from(INSTANTS)),
)
bounds = st.fixed_dictionaries(
    {}, optional={"spread": st.sampled_from(("0s", "10m", "3h")), "end": st.sampled_from(INSTANTS)}
)
lines = st.none() | st.builds(
    lambda key, schedule, more, zone, paused: line(key, schedule={**more, **schedule}, timezone=zone, paused=paused),
    st.sampled_from(("s/a", "s/b")),
    schedules,
    bounds,
    st.sampled_from(ZONES),
    st.sampled_from((False, False, True, {"until": "2026-03-29T12:00:00Z"})),
)
windows = st.builds(
    lambda minutes, hours: Window(at_spring(minutes), at_spring(minutes) + timedelta(hours=hours)),
    st.integers(0, 20_000),
    st.integers(1, 400),
)


def at_spring(minutes: int) -> datetime:
    return datetime(2026, 3, 22, tzinfo=UTC) + timedelta(minutes=minutes)


@given(before=lines, after=lines, window=windows)
def test_the_diff_turns_the_old_runs_into_the_new(
    before: Timeline | None, after: Timeline | None, window: Window
) -> None:
    """Applied to the old runs it gives the new ones; each instant is told once, in order, and none that stays."""
    old = set() if before is None else set(forecast.runs(before, window))
    new = set() if after is None else set(forecast.runs(after, window))
    diff = run_diff.between(before, after, window=window)
    left = [*diff.vanish, *(move.before for move in diff.move)]
    come = [*diff.appear, *(move.after for move in diff.move)]
    assert new == (old - set(left)) | set(come)
    assert (sorted(old - new), sorted(new - old)) == (sorted(left), sorted(come))
    for instants in (diff.appear, diff.vanish, tuple(move.before for move in diff.move)):
        assert list(instants) == sorted(set(instants))
    assert bool(diff) == (old != new)


@given(before=lines, after=lines, window=windows)
def test_the_way_back_is_the_mirror(before: Timeline | None, after: Timeline | None, window: Window) -> None:
    """What appears one way vanishes the other way, and what moves there moves back: no grid here moves by half."""
    there, back = run_diff.between(before, after, window=window), run_diff.between(after, before, window=window)
    assert {*there.appear, *(move.after for move in there.move)} == {*back.vanish, *(move.before for move in back.move)}
    assert {*there.vanish, *(move.before for move in there.move)} == {*back.appear, *(move.after for move in back.move)}
    assert {(move.before, move.after) for move in there.move} == {(move.after, move.before) for move in back.move}
