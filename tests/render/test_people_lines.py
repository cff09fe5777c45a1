"""What a running service tells a person at a terminal."""

import logging
import re
import sys
from datetime import UTC, datetime
from typing import NoReturn

import pytest

from schedrun.render.paint import Tone
from schedrun.render.people_lines import PeopleFormatter

CHANGE = {"event": "change_applied", "job": "a/b", "action": "update", "reason": "schedule.cron changed"}
RUN = {"event": "run_ended", "job": "a/b", "run": "9f2c4e81d07b5a63c1e8", "seconds": 1.25, "error": None, "attempt": 1}
AGAIN = datetime(2026, 6, 1, 12, 0, 30, tzinfo=UTC)


def _told(message: str, **fields: object) -> str:
    """Return the line without the clock in front of it, which is the reader's own."""
    line = PeopleFormatter().format(logging.makeLogRecord({"msg": message, "levelname": "INFO", **fields}))
    clock, _, told = line.partition(" ")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", clock)
    return told


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        pytest.param(CHANGE, "~ update a/b: schedule.cron changed", id="change"),
        pytest.param(RUN | {"status": "succeeded"}, "a/b succeeded after 1.2 s [run 9f2c4e81]", id="run"),
        pytest.param(
            RUN | {"status": "timed_out", "error": "no end in 1s"},
            "a/b timed out after 1.2 s (no end in 1s) [run 9f2c4e81]",
            id="unsuccessful-run",
        ),
        pytest.param(
            RUN | {"status": "succeeded", "attempt": 3},
            "a/b succeeded after 1.2 s in attempt 3 [run 9f2c4e81]",
            id="retried",
        ),
        pytest.param(
            RUN | {"event": "attempt_ended", "status": "failed", "error": "exit code 1", "retry_at": AGAIN},
            f"a/b failed after 1.2 s in attempt 1, attempt 2 at {AGAIN.astimezone():%H:%M:%S} (exit code 1)"
            " [run 9f2c4e81]",
            id="attempt",
        ),
        pytest.param({"event": "x", "hint": "", "nothing": None}, "said", id="fields-without-a-value"),
        pytest.param({"event": "x", "files": ["a", "b"], "count": 2}, "said (files a, b, count 2)", id="fields"),
        pytest.param(
            {"event": "was_down", "last_seen": AGAIN.replace(microsecond=250_000), "killed": True},
            "said (last seen 2026-06-01T12:00:30Z, killed true)",
            id="instant",
        ),
    ],
)
def test_one_line_a_fact(fields: dict[str, object], line: str) -> None:
    """Changes and runs have words of their own, everything else shows its sentence and fields."""
    assert line == _told("said", **fields)


def _fail() -> NoReturn:
    raise RuntimeError("a bug")


def test_a_traceback_is_kept() -> None:
    """A bug in schedrun must be seen whole."""
    try:
        _fail()
    except RuntimeError:
        line = _told("failed", exc_info=sys.exc_info())
    assert line.startswith("failed\nTraceback")
    assert line.endswith("RuntimeError: a bug")


def test_errors_are_painted() -> None:
    """A person sees them among the other lines."""
    formatter = PeopleFormatter(paint=lambda text, tone: f"<{tone}>{text}</>" if tone is not Tone.FAINT else text)
    record = logging.makeLogRecord({"msg": "Broken", "levelno": logging.ERROR, "levelname": "ERROR"})
    assert formatter.format(record).endswith(" <bad>Broken</>")
