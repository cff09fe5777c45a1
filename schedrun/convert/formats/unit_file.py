"""Unit files of systemd: sections, settings, their lines. Source: `systemd.syntax(7)`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from schedrun.convert.entry import Source
from schedrun.core.source import Position

_HEADER = re.compile(r"# (?:\S*/)?([^/\s]+\.(?:timer|service))")
_TIME = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([a-zA-Zµ]*)")
_UNITS = {
    "us": 1e-6, "usec": 1e-6, "µs": 1e-6, "ms": 1e-3, "msec": 1e-3, "s": 1, "sec": 1, "second": 1, "seconds": 1, "": 1,
    "m": 60, "min": 60, "minute": 60, "minutes": 60, "h": 3600, "hr": 3600, "hour": 3600, "hours": 3600, "d": 86400,
    "day": 86400, "days": 86400, "w": 604800, "week": 604800, "weeks": 604800, "M": 2629800, "month": 2629800,
    "months": 2629800, "y": 31557600, "year": 31557600, "years": 31557600,
}  # fmt: skip


@dataclass(slots=True)
class Unit:
    """A unit: its file's name, and (section, key) to every value with its place; an empty value drops those before."""

    name: str
    position: Position
    settings: dict[tuple[str, str], list[tuple[str, Position]]] = field(default_factory=dict)

    def all(self, section: str, key: str) -> list[tuple[str, Position]]:
        """Return every value in force."""
        return self.settings.get((section, key), [])

    def last(self, section: str, key: str) -> str:
        """Return the value in force, empty when there is none."""
        values = self.all(section, key)
        return values[-1][0] if values else ""

    def keys(self, section: str) -> Iterator[str]:
        """Yield the keys of a section."""
        yield from (key for of, key in self.settings if of == section)


def read(source: Source) -> list[Unit]:
    """Return the units of a text: one, or several as `systemctl cat` prints them, each below `# /path/NAME.timer`."""
    units: list[Unit] = []
    section = ""
    lines = source.text.split("\n")
    number = 0
    while number < len(lines):
        raw = lines[number].rstrip("\r")
        at = Position(source.name, number + 1, 1)
        number += 1
        header = _HEADER.fullmatch(raw.strip())
        if header is not None:
            units.append(Unit(header[1], at))
            continue
        if not raw.strip() or raw.lstrip()[0] in "#;":
            continue
        while raw.endswith("\\") and number < len(lines):
            following = lines[number].rstrip("\r")
            number += 1
            if following.lstrip()[:1] not in {"#", ";"}:
                raw = raw[:-1] + " " + following
        if not units:
            units.append(Unit(source.name.rsplit("/", 1)[-1], at))
        line = raw.strip()
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
            continue
        key, equals, value = line.partition("=")
        if equals:
            _put(units[-1], section, key.strip(), value.strip(), at)
    return units


def _put(unit: Unit, section: str, key: str, value: str, at: Position) -> None:
    if value:
        unit.settings.setdefault((section, key), []).append((value, at))
    else:
        unit.settings.pop((section, key), None)


def duration(text: str) -> timedelta | None:
    """Return a span of time such as `1h 30min`; None for `infinity` and what is none."""
    rest = re.sub(r"\s+", "", text)
    parts = _TIME.findall(rest)
    if not parts or "".join(number + unit for number, unit in parts) != rest:
        return None
    if any(unit not in _UNITS for _, unit in parts):
        return None
    try:
        return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
    except OverflowError:
        return None


def words(text: str) -> list[str]:
    """Return the words of a command line: quotes join, backslashes escape. Raises ValueError for an open quote."""
    found: list[str] = []
    word, quote, escaped, started = "", "", False, False
    for character in text:
        if escaped:
            word += {"n": "\n", "t": "\t", "s": " ", "r": "\r"}.get(character, character)
            escaped = False
        elif character == "\\":
            escaped = started = True
        elif quote:
            if character == quote:
                quote = ""
            else:
                word += character
        elif character in "\"'" and not word:
            quote, started = character, True
        elif character.isspace():
            if started:
                found.append(word)
            word, started = "", False
        else:
            word += character
            started = True
    if quote or escaped:
        raise ValueError("a quote or an escape has no end")
    return [*found, word] if started else found
