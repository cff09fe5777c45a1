"""The end of an output."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.run import tail


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("\n\n", ""),
        ("one\ntwo\n", "one\ntwo"),
        ("1\n2\n3\n4\n5", "[...]\n3\n4\n5"),
        ("a" * 30, "[...]\n" + "a" * 20),
        ("cut line\nlast 567890123", "[...]\nlast 567890123"),
    ],
)
def test_the_end_is_shown(text: str, expected: str) -> None:
    """Whole lines where there are any, and a mark above what was left out."""
    assert expected == tail.of(text, lines=3, characters=20)


@given(st.text(), st.integers(1, 5), st.integers(1, 50))
def test_it_is_bounded(text: str, lines: int, characters: int) -> None:
    """By lines and by characters, and it is the end."""
    shown = tail.of(text, lines=lines, characters=characters).removeprefix(f"{tail.CUT}\n")
    assert len(shown) <= characters
    assert len(shown.split("\n")) <= lines
    assert text.rstrip().endswith(shown)
