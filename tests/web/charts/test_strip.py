"""A job's newest runs as bars."""

from datetime import UTC, datetime, timedelta

import pytest

from schedrun.core.run.mark import Mark
from schedrun.core.status import RunKind, RunStatus
from schedrun.web.charts.strip import MOST, label, strip

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def mark(minutes: float, status: RunStatus = RunStatus.SUCCEEDED, took: float | None = 1) -> Mark:
    begun = NOW - timedelta(minutes=minutes)
    ended = None if took is None else begun + timedelta(seconds=took)
    return Mark(f"r{minutes}", "u1", begun, RunKind.SCHEDULED, status, 1, begun, ended)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        pytest.param(RunStatus.SUCCEEDED, "good", id="stands"),
        pytest.param(RunStatus.FAILED, "bad", id="has-a-foot"),
        pytest.param(RunStatus.TIMED_OUT, "bad", id="timed-out"),
        pytest.param(RunStatus.INTERRUPTED, "bad", id="interrupted"),
        pytest.param(RunStatus.CANCELLED, "void", id="is-hollow"),
        pytest.param(RunStatus.RUNNING, "live", id="is-a-stroke"),
        pytest.param(RunStatus.QUEUED, "live", id="waits"),
    ],
)
def test_draws_each_status_in_its_shape(status: RunStatus, kind: str) -> None:
    """A status is one of four shapes, and no other shape is drawn."""
    drawn = strip([mark(1, status)], now=NOW)
    assert [kind] == [each for each in ("good", "bad", "void", "live") if f'"strip-{each}"' in drawn]


def test_only_what_did_not_succeed_reaches_below_the_line() -> None:
    """The foot is a second box: a colour need not be seen."""
    good, bad = (str(strip([mark(1, status)], now=NOW)) for status in (RunStatus.SUCCEEDED, RunStatus.FAILED))
    assert 1 == good.count("z")
    assert 2 == bad.count("z")


def test_the_newest_stands_at_the_right() -> None:
    """Fewer runs than there is room for leave the left side empty."""
    assert "M145 " in strip([mark(1)], now=NOW)
    assert "M140 " in strip([mark(1), mark(2)], now=NOW)


def test_longer_runs_are_taller() -> None:
    """The longest fills the height, a short one stands beside it."""
    drawn = str(strip([mark(1, took=100), mark(2, took=25)], now=NOW))
    assert "M145 0h4v18" in drawn
    assert "M140 9h4v9" in drawn


def test_a_running_run_counts_until_now() -> None:
    """What has no end yet is as long as it has run."""
    drawn = str(strip([mark(10, RunStatus.RUNNING, took=None), mark(20, took=150)], now=NOW))
    assert "M140 9h4v9" in drawn


def test_shows_no_more_than_there_is_room_for() -> None:
    """Older runs fall off."""
    drawn = str(strip([mark(number) for number in range(MOST + 5)], now=NOW))
    assert MOST == drawn.count("v18h-4z") + drawn.count("v3h-4z")


def test_says_in_words_what_it_shows() -> None:
    """The label counts by status and names the newest."""
    marks = [mark(1, RunStatus.TIMED_OUT), mark(2), mark(3), mark(4, RunStatus.FAILED)]
    assert "Last 4 runs: 2 succeeded, 1 failed, 1 timed out; the newest timed out" == label(marks)
    assert "No runs yet" == label([])
