"""Unit files of systemd: sections, settings, their lines. Source: `systemd.syntax(7)`."""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from schedrun.convert.entry import Source
from schedrun.core.source import Position

_HEADER = re.compile(r"# (?:\S*/)?([^/\s]+\.(?:timer|service))")
_DROP_IN = re.compile(r"(?:.*/)?([^/]+\.(?:timer|service))\.d/[^/]+\.conf", re.DOTALL)
_SPECIFIER = re.compile("%.", re.DOTALL)
_TIME = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([a-zA-Zµ]*)")
_PARTS = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|.)|.", re.DOTALL)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "s": " ", "t": "\t", "v": "\v"}
_SURROGATES = range(0xD800, 0xE000)
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


class _Setting(NamedTuple):
    section: str
    key: str
    value: str
    position: Position


def read(sources: list[Source]) -> list[Unit]:
    """Return the units of the texts, each with its drop-ins applied in the order of their names.

    A text is a unit, a drop-in (`NAME.timer.d/X.conf`), or several of both as `systemctl cat` prints them, each below
    `# /path/NAME.timer`. Of two files for one unit the first counts, as of a unit and the links to it.
    """
    units: dict[str, Unit] = {}
    for source in sources:
        if _extended(source.name) is None:
            _take(source, units)
    for source in sorted(sources, key=lambda each: each.name.rsplit("/", 1)[-1]):
        name = _extended(source.name)
        if name is not None:
            unit = units.setdefault(name, Unit(name, Position(source.name, 1, 1)))
            for setting in _settings(_logical(source)):
                _put(unit, setting)
    return list(units.values())


def _extended(path: str) -> str | None:
    """Return the unit that a drop-in's file extends, None for any other file."""
    match = _DROP_IN.fullmatch(path)
    return match[1] if match else None


def _take(source: Source, units: dict[str, Unit]) -> None:
    """Add the units of a text that names them, or the one that its file's name says."""
    parts: list[tuple[str, Position, list[tuple[str, Position]]]] = []
    for line, at in _logical(source):
        header = _HEADER.fullmatch(line)
        if header is not None:
            parts.append((header[1], at, []))
        elif line[0] not in "#;":
            if not parts:
                parts.append((source.name.rsplit("/", 1)[-1], at, []))
            parts[-1][2].append((line, at))
    for name, at, lines in parts:
        if name not in units:
            units[name] = Unit(name, at)
            for setting in _settings(lines):
                _put(units[name], setting)


def _settings(lines: Iterable[tuple[str, Position]]) -> Iterator[_Setting]:
    section = ""
    for line, at in lines:
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
            continue
        key, equals, value = line.partition("=")
        if equals and line[0] not in "#;":
            yield _Setting(section, key.strip(), value.strip(), at)


def _logical(source: Source) -> Iterator[tuple[str, Position]]:
    """Yield the lines that hold something, those joined that a backslash continues."""
    lines = source.text.split("\n")
    number = 0
    while number < len(lines):
        raw = lines[number].rstrip("\r")
        at = Position(source.name, number + 1, 1)
        number += 1
        if not raw.strip():
            continue
        while raw.endswith("\\") and raw.lstrip()[0] not in "#;" and number < len(lines):
            following = lines[number].rstrip("\r")
            number += 1
            if following.lstrip()[:1] not in {"#", ";"}:
                raw = raw[:-1] + " " + following
        yield raw.strip(), at


def named(unit: Unit, name: str) -> Unit:
    """Return the unit under its full name, with the specifiers that come from it (`%i`, `%p`, `%n`) replaced."""
    stem = name.rpartition(".")[0]
    prefix, _, instance = stem.partition("@")
    known = {"%n": name, "%N": stem, "%p": prefix, "%i": instance, "%%": "%%"}
    if "-" not in instance and "\\" not in instance:
        known["%I"] = instance

    def replaced(text: str) -> str:
        return _SPECIFIER.sub(lambda match: known.get(match[0], match[0]), text)

    settings = {key: [(replaced(value), at) for value, at in values] for key, values in unit.settings.items()}
    return Unit(name, unit.position, settings)


def _put(unit: Unit, setting: _Setting) -> None:
    if setting.value:
        unit.settings.setdefault((setting.section, setting.key), []).append((setting.value, setting.position))
    else:
        unit.settings.pop((setting.section, setting.key), None)


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
    """Return the words of a line: quotes join, escapes are those of C. Raises ValueError for an open quote."""
    return [word for word, _ in _words(text)]


def commands(text: str) -> list[list[str]]:
    """Return the words of each command of a line; a bare `;` stands between two. Raises ValueError as `words` does."""
    found: list[list[str]] = [[]]
    for word, raw in _words(text):
        if raw == ";":
            found.append([])
        else:
            found[-1].append(word)
    return [command for command in found if command]


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Yield each word, and as it is written. A quote may open within a word, as systemd reads it."""
    word, raw, quote = "", "", ""
    for part in _PARTS.findall(text):
        if part == "\\":
            raise ValueError("an escape has no end")
        if part.isspace() and not quote:
            if raw:
                yield _text(word), raw
            word, raw = "", ""
            continue
        raw += part
        if part[0] == "\\":
            word += _unescaped(part)
        elif quote == part:
            quote = ""
        elif part in "\"'" and not quote:
            quote = part
        else:
            word += part
    if quote:
        raise ValueError("a quote has no end")
    if raw:
        yield _text(word), raw


def _unescaped(part: str) -> str:
    """Return what an escape stands for; one of the upper half is a byte of a letter, and waits for `_text`."""
    kind, digits = part[1], part[2:]
    if kind in "xuU" and digits:
        code = int(digits, 16)
    elif digits:
        code = int(part[1:], 8)
    else:
        return _ESCAPES.get(kind, kind)
    if kind in "uU":
        return chr(code) if code <= sys.maxunicode and code not in _SURROGATES else "\N{REPLACEMENT CHARACTER}"
    return chr(code) if code < 0x80 else chr(0xDC00 + (code & 0xFF))


def _text(word: str) -> str:
    return word.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
