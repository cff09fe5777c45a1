"""What a running service tells a person at a terminal: one short line a fact, the clock in front."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from schedrun.core.plan.change import Action
from schedrun.core.status import RunStatus
from schedrun.render.escape import for_terminal, for_terminal_lines
from schedrun.render.instants import to_the_second
from schedrun.render.log_lines import field_text, fields, traceback_of
from schedrun.render.paint import Paint, Tone, unpainted
from schedrun.render.plan_text import SIGNS
from schedrun.render.runs_table import RUN_TONES, short_id

_LEVEL_TONES = {logging.WARNING: Tone.WARN, logging.ERROR: Tone.BAD, logging.CRITICAL: Tone.BAD}


class PeopleFormatter(logging.Formatter):
    """One line a record: local time, then the fact in words."""

    def __init__(self, *, paint: Paint = unpainted) -> None:
        super().__init__()
        self._paint = paint
        self._lines: dict[str, Callable[[dict[str, Any], Paint], str]] = {
            "run_ended": _run_ended,
            "attempt_ended": _attempt_ended,
            "change_applied": _change_applied,
        }

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line, and below it the traceback where the record carries one."""
        facts = dict(fields(record))
        known = self._lines.get(facts.pop("event", ""))
        line = known(facts, self._paint) if known is not None else self._plain(record, facts)
        clock = self._paint(f"{datetime.fromtimestamp(record.created):%H:%M:%S}", Tone.FAINT)  # noqa: DTZ006  the reader's clock
        trace = traceback_of(self, record)
        return f"{clock} {line}" if trace is None else f"{clock} {line}\n{for_terminal_lines(trace)}"

    def _plain(self, record: logging.LogRecord, facts: dict[str, Any]) -> str:
        sentence = self._paint(for_terminal(record.getMessage()), _LEVEL_TONES.get(record.levelno, Tone.PLAIN))
        told = [
            f"{name.replace('_', ' ')} {for_terminal(_value_text(value))}"
            for name, value in facts.items()
            if value is not None and value != ""
        ]
        return f"{sentence} ({', '.join(told)})" if told else sentence


def _value_text(value: object) -> str:
    if isinstance(value, datetime):
        value = to_the_second(value)
    return field_text(value)


def _run_ended(facts: dict[str, Any], paint: Paint) -> str:
    attempts = f"in attempt {facts['attempt']}" if facts["attempt"] > 1 else ""
    return _ended(facts, paint, more=attempts)


def _attempt_ended(facts: dict[str, Any], paint: Paint) -> str:
    again = f"attempt {facts['attempt'] + 1} at {facts['retry_at'].astimezone():%H:%M:%S}"
    return _ended(facts, paint, more=f"in attempt {facts['attempt']}, {again}")


def _ended(facts: dict[str, Any], paint: Paint, *, more: str) -> str:
    status = RunStatus(facts["status"])
    parts = [
        for_terminal(facts["job"]),
        paint(status.replace("_", " "), RUN_TONES[status]),
        f"after {facts['seconds']:.1f} s",
        more,
        f"({for_terminal(facts['error'])})" if facts["error"] else "",
        paint(f"[run {short_id(facts['run'])}]", Tone.FAINT),
    ]
    return " ".join(part for part in parts if part)


def _change_applied(facts: dict[str, Any], paint: Paint) -> str:
    sign, tone = SIGNS[Action(facts["action"])]
    done = paint(f"{sign} {facts['action']}", tone)
    return f"{done} {for_terminal(facts['job'])}: {for_terminal(facts['reason'])}"
