"""The runs to come as iCalendar (RFC 5545), for calendars that people have anyway."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from schedrun.render.forecast_calendar import Calendar, Entry

_LONGEST_LINE = 75  # octets, without the line end
_ESCAPES = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"}


def text(calendar: Calendar) -> str:
    """Return the calendar with one event a run, each line ended by CRLF and at most 75 octets long.

    A run's UID is the same in every forecast, so that a calendar that is imported again has no run twice. Events take
    no time and keep nobody busy. The same forecast gives the same text: it is stamped with its own beginning.
    """
    return "".join(f"{folded}\r\n" for line in _lines(calendar) for folded in _folded(line))


def _lines(calendar: Calendar) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//schedrun//forecast//EN", "CALSCALE:GREGORIAN")
    for entry in calendar.entries:
        yield from _event(entry, calendar)
    yield "END:VCALENDAR"


def _event(entry: Entry, calendar: Calendar) -> Iterator[str]:
    description, schedule = calendar.jobs[entry.job]
    words = schedule if description is None else f"{description}\n{schedule}"
    yield "BEGIN:VEVENT"
    yield f"UID:{_uid(entry)}"
    yield f"DTSTAMP:{_utc(calendar.begin)}"
    yield f"DTSTART:{_utc(entry.at)}"
    yield f"SUMMARY:{_escaped(entry.job)}"
    yield f"DESCRIPTION:{_escaped(words)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _uid(entry: Entry) -> str:
    return f"{hashlib.sha256(f'{entry.job} {entry.at.isoformat()}'.encode()).hexdigest()[:32]}@schedrun"


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(words: str) -> str:
    """Return a TEXT value: separators and line breaks escaped, other control characters left out."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        _ESCAPES.get(character, character)
        for character in lines
        if character == "\n" or not (ord(character) < 32 or ord(character) == 127 or 0xD800 <= ord(character) < 0xE000)
    )


def _folded(line: str) -> Iterator[str]:
    """Yield the line in pieces; each but the first begins with a space, and no character is cut in two."""
    piece, room = "", _LONGEST_LINE
    for character in line:
        size = len(character.encode())
        if size > room:
            yield piece
            piece, room = " ", _LONGEST_LINE - 1
        piece += character
        room -= size
    yield piece
