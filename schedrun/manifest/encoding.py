"""Bytes -> text: UTF-8 without byte order mark, of printable characters."""

import codecs
import re

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.source import Position
from schedrun.manifest.node import Source

_PRINTABLE_ASCII = bytes([0x09, 0x0A, 0x0D, *range(0x20, 0x7F)])
# Compiled when a file first holds more than ASCII: that takes milliseconds, and most files never need it.
_UNPRINTABLE = "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
_TAG_DIRECTIVE = re.compile(r"^%TAG\b", re.MULTILINE)
_MARKED = {
    "UTF-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),  # first: the one begins with a mark of UTF-16
    "UTF-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}
_NAMES = {
    "\0": "a NUL byte",
    "\x85": "a next-line character",
    "\u2028": "a line separator",
    "\u2029": "a paragraph separator",
    "\ufeff": "a byte order mark",
}


def decode(data: bytes, *, file: str) -> tuple[str | None, list[Diagnostic]]:
    """Return the text of `data` and the faults of its encoding; None when there is nothing to read on with."""
    faults: list[Diagnostic] = []
    for name, marks in _MARKED.items():
        if data.startswith(marks):
            return None, [_fault(Position(file, 1, 1), f"this file is {name}, not UTF-8", "save it as UTF-8")]
    if data.startswith(codecs.BOM_UTF8):
        hint = "save it as UTF-8 without byte order mark"
        faults.append(_fault(Position(file, 1, 1), "this file begins with a byte order mark", hint))
        data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        position = _position(file, data[: error.start].decode(), at=None)
        return None, [
            *faults,
            _fault(position, f"byte 0x{data[error.start]:02x} is no UTF-8", "save the file as UTF-8"),
        ]
    unprintable = _first_unprintable(data, text)
    if unprintable is not None:
        character = text[unprintable]
        name = _NAMES.get(character, f"the unprintable character U+{ord(character):04X}")
        hint = f'take it out, or write it as "\\{_escape(character)}" in double quotes'
        return None, [*faults, _fault(_position(file, text, at=unprintable), f"{name} stands here", hint)]
    # Directives only prepare tags, which manifests do not have; thousands of them take the parser minutes.
    directive = _TAG_DIRECTIVE.search(text)
    if directive is not None:
        message, hint = "tags have no meaning in manifests", "take the `%TAG` line away"
        position = _position(file, text, at=directive.start())
        return None, [*faults, Diagnostic("SR007", Severity.ERROR, position, message, hint)]
    return text, faults


def _first_unprintable(data: bytes, text: str) -> int | None:
    if data.isascii() and not data.translate(None, _PRINTABLE_ASCII):
        return None
    found = re.search(_UNPRINTABLE, text)
    return found.start() if found else None


def _position(file: str, text: str, *, at: int | None) -> Position:
    """Return the position of the character at an index, or of the end of the text."""
    lines = Source(file, text if at is None else text[:at]).lines
    return Position(file, len(lines), len(lines[-1]) + 1)


def _fault(position: Position, message: str, hint: str) -> Diagnostic:
    return Diagnostic("SR006", Severity.ERROR, position, message, hint)


def _escape(character: str) -> str:
    code = ord(character)
    return f"x{code:02x}" if code < 0x100 else f"u{code:04x}"
