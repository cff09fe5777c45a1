"""What a running service prints for machines."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import NoReturn

from schedrun.render import log_lines
from tests.render import samples

INSTANT = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)


def _fail() -> NoReturn:
    raise RuntimeError("a bug")


def _record(**fields: object) -> logging.LogRecord:
    facts = {
        "name": "schedrun.scheduler",
        "levelname": "INFO",
        "msg": "a run has finished",
        "created": INSTANT.timestamp(),
    }
    return logging.makeLogRecord(facts | fields)


def test_a_plain_line_holds_sentence_and_fields() -> None:
    """Fields follow the constant sentence; texts with blanks are quoted, instants are in UTC."""
    record = _record(
        event="run_finished",
        job="billing/close-day",
        reason="exit code 3",
        error=None,
        at_fire=samples.NOW,
        killed=True,
        files=["a.yaml", "b.yaml"],
    )
    expected = (
        "2026-11-23T12:00:00.250000Z info a run has finished event=run_finished job=billing/close-day "
        'reason="exit code 3" at_fire=2026-11-23T12:00:00Z killed=true files="a.yaml, b.yaml"'
    )
    assert expected == log_lines.PlainFormatter().format(record)


def test_a_plain_line_is_one_line() -> None:
    """A hostile field cannot forge a second record."""
    record = _record(error="broken\n2026 info forged")
    shown = log_lines.PlainFormatter().format(record)
    assert shown.isprintable()
    assert r"error=" in shown


def test_a_json_line_holds_sentence_and_fields() -> None:
    """One object a line, `event` among its keys."""
    shown = log_lines.JsonFormatter().format(_record(event="run_finished", count=3))
    assert json.loads(shown) == {
        "at": "2026-11-23T12:00:00.250000Z",
        "level": "info",
        "logger": "schedrun.scheduler",
        "message": "a run has finished",
        "event": "run_finished",
        "count": 3,
    }
    assert "\n" not in shown


def test_a_json_line_takes_any_field() -> None:
    """What JSON cannot say is said as text, an instant as RFC 3339 has it."""
    shown = json.loads(log_lines.JsonFormatter().format(_record(fire_time=samples.NOW, killed=True, files=["a.yaml"])))
    assert ("2026-11-23T12:00:00Z", True, ["a.yaml"]) == (shown["fire_time"], shown["killed"], shown["files"])


def test_a_traceback_is_kept() -> None:
    """A bug in schedrun must be seen whole, in both formats."""
    try:
        _fail()
    except RuntimeError:
        record = _record(exc_info=sys.exc_info())
    assert log_lines.PlainFormatter().format(record).endswith("RuntimeError: a bug")
    assert "RuntimeError: a bug" in json.loads(log_lines.JsonFormatter().format(record))["traceback"]
