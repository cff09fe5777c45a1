"""A line with marks: they stand below what the position means, however the line looks on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.source import Position
from schedrun.core.spec.redaction import MASK
from schedrun.render.code_frame import Frame, frame
from schedrun.render.width import display_width


def at(column: int, end: int | None = None, *, lines: int = 0) -> Position:
    """Return a position in line 1 that ends `lines` below."""
    return Position("a.yaml", 1, column, None if end is None else 1 + lines, end)


@pytest.mark.parametrize(
    ("line", "position", "width", "expected"),
    [
        pytest.param("  timout: 30m", at(3, 9), 80, Frame("  timout: 30m", 2, 6), id="a-key"),
        pytest.param("a: {b: 1}", at(4), 80, Frame("a: {b: 1}", 3, 1), id="no-end"),
        pytest.param("a: 'x", at(4, 3, lines=2), 80, Frame("a: 'x", 3, 2), id="ends-further-below"),
        pytest.param("a: [1", at(6), 80, Frame("a: [1", 5, 1), id="behind-the-end"),
        pytest.param("", at(1), 80, Frame("", 0, 1), id="empty-line"),
        pytest.param("\ta: 1", at(2, 3), 80, Frame("    a: 1", 4, 1), id="tab"),
        pytest.param("国国: no", at(5, 7), 80, Frame("国国: no", 6, 2), id="wide"),
        pytest.param("国国: no", at(1, 3), 80, Frame("国国: no", 0, 4), id="on-wide"),
        pytest.param("e\u0301: no", at(5, 7), 80, Frame("e\u0301: no", 3, 2), id="combining"),
        pytest.param("\x1b[2J: no", at(7, 9), 80, Frame("\\x1b[2J: no", 9, 2), id="control"),
        pytest.param("a ##[b]: 1", at(9, 10), 80, Frame("a \\x23#[b]: 1", 11, 1), id="runner-command"),
        pytest.param("0123456789" * 3, at(1, 3), 12, Frame("01234567890…", 0, 2), id="cut-behind"),
        pytest.param("0123456789" * 3, at(15, 17), 12, Frame("…1234567890…", 4, 2), id="cut-at-both-sides"),
        pytest.param("0123456789" * 3, at(30, 31), 12, Frame("…90123456789", 11, 1), id="cut-before"),
        pytest.param("0123456789" * 3, at(5, 30), 12, Frame("01234567890…", 4, 8), id="marks-cut"),
    ],
)
def test_frames(line: str, position: Position, width: int, expected: Frame) -> None:
    """What is shown, the columns before the marks, and their number."""
    assert expected == frame(line, position, width=width)


@pytest.mark.parametrize(
    ("masked", "expected"),
    [
        ([(7, 14)], Frame(f"TOKEN: {MASK} # why", 7, 5)),
        ([(0, 5), (7, 14)], Frame(f"{MASK}: {MASK} # why", 7, 5)),
        ([(7, 400)], Frame(f"TOKEN: {MASK}", 7, 5)),
    ],
)
def test_masks(masked: list[tuple[int, int]], expected: Frame) -> None:
    """A mask tells nothing of the length, and the marks are below it."""
    assert expected == frame("TOKEN: hunter2 # why", at(8, 15), width=80, masked=masked)


def test_masks_beyond_the_window_do_not_count() -> None:
    """Those before it and behind it, of thousands that a line may have; those that reach into it do."""
    masked = [(0, 5), (30, 96), (98, 99), (104, 300), (320, 330)]
    assert Frame(f"…aa{MASK}…", 3, 5) == frame("a" * 400, at(99, 100), width=9, masked=masked)


def test_a_line_of_megabytes_costs_a_window() -> None:
    """Only what could be shown is looked at."""
    line = "x" * 4_000_000 + "国" + "y" * 4_000_000
    found = frame(line, at(4_000_001, 4_000_002), width=20)
    assert ("…xxxxx国yyyyyyyyyyy…", 6, 2) == (found.line, found.before, found.marks)


@given(st.text(alphabet="a \t国é\u0301\x00#[", max_size=60), st.data(), st.integers(8, 100))
def test_fits_and_marks_what_is_meant(line: str, data: st.DataObject, width: int) -> None:
    """Never wider than allowed, marks never outside, and the text above the first mark is the one that is meant."""
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, len(line)))
    found = frame(line, at(start + 1, end + 1), width=width)
    assert display_width(found.line) <= width
    assert found.before + found.marks <= max(width, found.before + 1)
    assert found.before < width + 1
    if start < len(line) and line[start] in "a国":
        assert line[start] == _above(found.line, found.before)


def _above(line: str, column: int) -> str:
    """Return the character that begins at a column of the terminal."""
    at_column = 0
    for character in line:
        if at_column == column and display_width(character):
            return character
        at_column += display_width(character)
    return ""
