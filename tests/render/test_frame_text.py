"""A line with marks below it."""

import pytest

from schedrun.core.source import Position
from schedrun.render import frame_text


@pytest.mark.parametrize(
    ("expected", "line", "position", "masked"),
    [
        ("7 |   timout: 5m\n  |   ^^^^^^", "  timout: 5m", Position("a", 7, 3, 7, 9), ()),
        ("12 | x\n   | ^", "x", Position("a", 12, 1), ()),
        ("7 | a: *****\n  |    ^^^^^", "a: hunter2", Position("a", 7, 4, 7, 11), ((3, 10),)),
        ("7 |\n  | ^", "", Position("a", 7, 1), ()),
        ("7 | \\x1b[31m: x\n  | ^^^^", "\x1b[31m: x", Position("a", 7, 1), ()),
    ],
)
def test_marks_stand_below_what_they_mean(
    expected: str, line: str, position: Position, masked: tuple[tuple[int, int], ...]
) -> None:
    """Behind the number of the line, with nothing harmful and nothing hidden shown."""
    assert expected == frame_text.text(line, position, masked=masked)
