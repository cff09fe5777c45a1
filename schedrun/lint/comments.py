"""Where the comments of a manifest begin: a scan of its lines that leaves text in quotes and in blocks out.

Parsers drop comments, so this follows YAML 1.2.2, chapters 6.6 (comments), 7.3 (flow scalars) and 8.1 (block scalars),
as far as it takes to tell a comment from text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_BLOCK = re.compile(r"(?:^|[\s:?-])[|>](?P<marks>[+-]?[1-9]?[+-]?)[ \t]*(?:\#.*)?$")
_STRUCTURE = re.compile(r"[ ]*(?:[-?][ ]+)*")
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]+)+")
_BLANKS = ("", " ", "\t")
_MARKER = re.compile(r"(?:---|\.\.\.)(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment: its line and column, both from 0, its text from the `#` on, and whether it stands alone."""

    line: int
    column: int
    text: str
    alone: bool


def comments(lines: Sequence[str]) -> Iterator[Comment]:
    """Yield the comments of a text's lines, in order."""
    scan = _Scan()
    for number, line in enumerate(lines):
        column = scan.comment_in(line)
        if column is not None:
            yield Comment(number, column, line[column:], alone=not line[:column].strip())


class _Scan:
    """Where in a text the scan is: in a quoted text, in a block, or between."""

    def __init__(self) -> None:
        self._quote = ""
        self._parent: int | None = None
        """The indentation of what a block hangs below (-1: the document); None outside of blocks."""
        self._indent: int | None = None
        """The indentation of the block's own text; None before its first line."""
        self._plain_above: int | None = None
        """The indentation above which the next line only goes on with a plain text."""
        self._depth = 0

    def comment_in(self, line: str) -> int | None:
        """Take the next line; return the column of the comment in it, None when it has none."""
        if not self._quote and _MARKER.match(line):
            self._parent = self._plain_above = None
            self._depth = 0
        if self._parent is not None and self._is_in_block(line, parent=self._parent):
            return None
        goes_on = self._goes_on(line)
        column = self._after_text(line)
        if not self._quote and not self._depth and not goes_on:
            self._begin_block(line, column)
        return column

    def _is_in_block(self, line: str, *, parent: int) -> bool:
        stripped = line.lstrip(" ")
        if not stripped.strip():
            return True
        indent = len(line) - len(stripped)
        if self._indent is None and indent > parent:
            self._indent = indent
        if self._indent is not None and indent >= self._indent:
            return True
        self._parent = self._indent = None
        return False

    def _after_text(self, line: str) -> int | None:
        """Pass over what the line says; return the column of a comment behind it."""
        place, fresh = 0, not self._goes_on(line)
        while place < len(line):
            if self._quote:
                place, fresh = self._end_of_quote(line, place), False
                continue
            character = line[place]
            if character == "#" and (place == 0 or line[place - 1] in " \t"):
                self._note_plain(line[:place], ended=True)
                return place
            if fresh and character in "\"'":
                self._quote = character
            elif fresh and (properties := _PROPERTIES.match(line, place)):
                place = properties.end()
                continue
            fresh = self._is_fresh_after(line, place, fresh=fresh)
            place += 1
        self._note_plain(line, ended=False)
        return None

    def _is_fresh_after(self, line: str, place: int, *, fresh: bool) -> bool:
        """Take one character that is neither quoted nor a comment; return whether a value may begin after it."""
        character, following = line[place], line[place + 1 : place + 2]
        if character in "[{" and (self._depth or fresh):
            self._depth += 1
            return True
        if character in "]}" and self._depth:
            self._depth -= 1
            return False
        if character == "," and self._depth:
            return True
        if character == ":" and (following in _BLANKS or (self._depth > 0 and line[place - 1 : place] in {"'", '"'})):
            return True
        if character in "-?" and fresh and following in _BLANKS:
            return True
        return fresh and character in " \t"

    def _end_of_quote(self, line: str, place: int) -> int:
        while place < len(line):
            character = line[place]
            if self._quote == '"' and character == "\\":
                place += 2
                continue
            if character == self._quote:
                if self._quote == "'" and line[place + 1 : place + 2] == "'":
                    place += 2
                    continue
                self._quote = ""
                return place + 1
            place += 1
        return len(line)

    def _goes_on(self, line: str) -> bool:
        above, indent = self._plain_above, len(line) - len(line.lstrip(" "))
        return above is not None and not self._depth and bool(line.strip()) and indent > above

    def _note_plain(self, line: str, *, ended: bool) -> None:
        """Note whether a plain text that may go on below ends the line."""
        if not line.strip() and not ended:
            return
        if self._goes_on(line) and not ended:
            return
        value = _MARKER.sub("", line).rstrip()
        is_open = not ended and not self._quote and not self._depth and bool(value) and value[-1] not in ":\"'}]"
        self._plain_above = _parent(line) if is_open else None

    def _begin_block(self, line: str, column: int | None) -> None:
        text = line if column is None else line[:column]
        match = _BLOCK.search(text.rstrip())
        if match is None or self._plain_text_before(text, match.start()):
            return
        self._plain_above = None
        self._parent = _parent(line)
        digits = match["marks"].strip("+-")
        self._indent = max(self._parent, 0) + int(digits) if digits else None

    @staticmethod
    def _plain_text_before(text: str, end: int) -> bool:
        """Return whether the mark ends a plain text, as in `a: b |`."""
        words = text[: end + 1].split()
        while words and words[-1][0] in "&!":
            words.pop()
        return bool(words) and words[-1][-1] not in ":-?" and not _MARKER.match(text)


def _parent(line: str) -> int:
    """Return the indentation that what follows must exceed to belong to the line's value."""
    if _MARKER.match(line):
        return -1
    match = _STRUCTURE.match(line)
    begin = match.end() if match else 0
    rest = line[begin:]
    if rest[:1] in {"|", ">"} and begin:
        return max(line.rfind("-", 0, begin), line.rfind("?", 0, begin))
    return begin
