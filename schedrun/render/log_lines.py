"""What a running service prints for machines: the formatters behind plain and JSON logs.

A record's message is a constant sentence; `event` names the fact for machines; every other attribute that the
caller passed in `extra` is a field.
"""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from schedrun.core.spec.instant import utc_text
from schedrun.render.escape import for_terminal, for_terminal_lines

_OWN_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class PlainFormatter(logging.Formatter):
    """One line a record: instant in UTC, level, sentence, then `field=value` for each field that has one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line, and below it the traceback where the record carries one."""
        head = f"{_instant(record)} {record.levelname.lower()} {for_terminal(record.getMessage())}"
        told = (f"{name}={_value(value)}" for name, value in fields(record) if value is not None)
        line = " ".join([head, *told])
        trace = traceback_of(self, record)
        return line if trace is None else f"{line}\n{for_terminal_lines(trace)}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `at`, `level`, `logger`, `message`, then the fields, `event` among them."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's object on one line; `traceback` is there where the record carries one."""
        facts: dict[str, Any] = {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **dict(fields(record)),
        }
        trace = traceback_of(self, record)
        if trace is not None:
            facts["traceback"] = trace
        return json.dumps(facts, default=field_text)


def fields(record: logging.LogRecord) -> Iterator[tuple[str, Any]]:
    """Return the name and value of each field that the caller passed in `extra`."""
    return ((name, value) for name, value in vars(record).items() if name not in _OWN_ATTRIBUTES)


def _instant(record: logging.LogRecord) -> str:
    return utc_text(datetime.fromtimestamp(record.created, UTC))


def field_text(value: object) -> str:
    """Return a field's value as text: instants as RFC 3339 has them, in UTC, and `true` or `false`, as JSON has it."""
    match value:
        case datetime():
            return utc_text(value)
        case bool():
            return str(value).lower()
        case list() | tuple():
            return ", ".join(map(field_text, value))
        case _:
            return str(value)


def _value(value: object) -> str:
    text = for_terminal(field_text(value))
    return json.dumps(text, ensure_ascii=False) if not text or " " in text or '"' in text else text


def traceback_of(formatter: logging.Formatter, record: logging.LogRecord) -> str | None:
    """Return the traceback that the record carries, as it is; None without one."""
    return formatter.formatException(record.exc_info) if record.exc_info else None
