"""One line of a file with marks below a part of it, fitted to a terminal.

The columns of a position are characters; those of a terminal are not: a wide character takes two, a tab is shown as
four spaces, a control character is written out. Marks stand below what they mean all the same.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from schedrun.core.source import Position
from schedrun.core.spec.redaction import MASK
from schedrun.render.escape import command_starts, for_terminal, written_out
from schedrun.render.width import display_width

_TAB = " " * 4
_CUT = "…"
_BEFORE = 3
"""What part of a window that cannot show the whole line lies before the marks: one in three columns."""


class Frame(NamedTuple):
    """A line as it is shown, and the marks below it: the columns (from 0) before them, and how many there are."""

    line: str
    before: int
    marks: int


class _Piece(NamedTuple):
    text: str
    width: int


_CUT_PIECE = _Piece(_CUT, 1)


def frame(line: str, position: Position, *, width: int, masked: Sequence[tuple[int, int]] = ()) -> Frame:
    """Return the line of a position, at most `width` columns wide, with marks below what the position means.

    `masked` are parts of the line, by the index of their first character and of the one after their last, that must
    not be shown. A position without end has one mark; one that goes on in further lines has marks to the end of its
    first.
    """
    width = max(width, 8)
    start, end = _marked(line, position)
    first, last = max(start - width, 0), min(end, start + width) + width
    # A line may be as long as a manifest, and hide thousands of parts: only what a window could show is looked at.
    near = masked[bisect_right(masked, first, key=itemgetter(1)) : bisect_left(masked, last, key=itemgetter(0))]
    pieces = _pieces(line[first:last], [(from_ - first, to - first) for from_, to in near])
    if last < len(line):
        pieces.append(_CUT_PIECE)
    if first:
        pieces.insert(0, _CUT_PIECE)
    shift = first - (1 if first else 0)
    before = sum(piece.width for piece in pieces[: start - shift])
    marks = max(sum(piece.width for piece in pieces[start - shift : end - shift]), 1)
    return _window(pieces, before, marks=marks, width=width)


def _marked(line: str, position: Position) -> tuple[int, int]:
    """Return the index of the first character that a position means in its line, and of the one after its last."""
    start = min(max(position.column - 1, 0), len(line))
    if position.end_line is None or position.end_column is None:
        return start, start + 1
    if position.end_line > position.line:
        return start, max(len(line), start + 1)
    return start, max(position.end_column - 1, start + 1)


def _pieces(line: str, masked: Sequence[tuple[int, int]]) -> list[_Piece]:
    """Return what stands for each character of the line."""
    pieces = [_piece(character) for character in line]
    for start in command_starts(line):
        shown = written_out(line[start])
        pieces[start] = _Piece(shown, len(shown))
    for first, last in masked:
        first_here, last_here = max(first, 0), min(last, len(pieces))
        if first_here < last_here:
            pieces[first_here:last_here] = [_Piece(MASK, len(MASK)), *[_Piece("", 0)] * (last_here - first_here - 1)]
    return pieces


def _piece(character: str) -> _Piece:
    text = _TAB if character == "\t" else for_terminal(character)
    return _Piece(text, display_width(text))


def _window(pieces: Sequence[_Piece], before: int, *, marks: int, width: int) -> Frame:
    total = sum(piece.width for piece in pieces)
    # A mark may stand behind the end of the line.
    if max(total, before + marks) <= width:
        return Frame("".join(piece.text for piece in pieces), before, marks)
    first = max(0, min(before - width // _BEFORE, max(total, before + 1) - width))
    return _cut(pieces, first=first, width=width, total=total, before=before, marks=marks)


def _cut(pieces: Sequence[_Piece], *, first: int, width: int, total: int, before: int, marks: int) -> Frame:
    """Return the window that begins at column `first`; what is cut at either side shows as an ellipsis."""
    shown: list[str] = []
    low = first + 1 if first else 0
    high = first + width - 1 if first + width < total else first + width
    column = shown_from = 0
    for piece in pieces:
        if low <= column and column + piece.width <= high:
            if not shown:
                shown_from = column
            shown.append(piece.text)
        column += piece.width
    lead = _CUT + " " * (shown_from - low) if first else ""
    tail = _CUT if first + width < total else ""
    left = max(before - first, 0)
    return Frame(f"{lead}{''.join(shown)}{tail}", left, max(min(marks, width - left), 1))
