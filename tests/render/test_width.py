"""How lines are measured and broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.render.width import display_width, hanging, wrapped


@given(st.text(alphabet="ab 東", max_size=40), st.integers(min_value=2, max_value=12))
def test_wrapping_loses_no_character(line: str, width: int) -> None:
    """Every piece fits, and together they hold every character but the blanks at the breaks."""
    pieces = wrapped(line, width)
    assert all(display_width(piece) <= width for piece in pieces)
    assert line.replace(" ", "") == "".join(pieces).replace(" ", "")


@pytest.mark.parametrize(
    ("line", "width", "lines"),
    [
        pytest.param("    hint: say it twice or not", None, ["    hint: say it twice or not"], id="no terminal"),
        pytest.param("    hint: say it twice or not", 29, ["    hint: say it twice or not"], id="fits exactly"),
        pytest.param(
            "    hint: say it twice or not", 28, ["    hint: say it twice or", "      not"], id="a column short"
        ),
        pytest.param("one two three four five", 18, ["one two three", "  four five"], id="without a lead"),
        pytest.param("one two three four five", 3, ["one two three", "  four five"], id="narrower than any"),
    ],
)
def test_what_hangs_stands_further_in(line: str, width: int | None, lines: list[str]) -> None:
    """By so many blanks more than the line itself; it never gets narrower than sixteen columns."""
    assert lines == hanging(line, width, indent=2)


@pytest.mark.parametrize(
    ("width", "line"), [(2, "ab"), (1, "e\u0301"), (4, "東京"), (1, "ก\u0e31"), (1, "क\u0941"), (1, "a\u20dd")]
)
def test_marks_take_no_column_of_their_own(width: int, line: str) -> None:
    """Accents, vowels above and below, what encloses a letter."""
    assert width == display_width(line)
