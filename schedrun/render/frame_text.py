"""A finding's line with marks below it, as text of its own."""

from collections.abc import Sequence

from schedrun.core.source import Position
from schedrun.render.code_frame import frame

_WIDEST_LINE = 120


def text(line: str, position: Position, *, masked: Sequence[tuple[int, int]] = ()) -> str:
    """Return two lines: the line of a position behind its number, and marks below what the position means.

    `masked` are parts of the line that must not be shown, as in `code_frame.frame`.
    """
    shown = frame(line, position, width=_WIDEST_LINE, masked=masked)
    number = str(position.line)
    return f"{number} | {shown.line}".rstrip() + f"\n{' ' * len(number)} | {' ' * shown.before}{'^' * shown.marks}"
