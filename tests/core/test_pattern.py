"""Patterns: a long text is searched part by part, and what is found in it stays the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core import pattern
from schedrun.core.pattern import Pattern

_WORD = Pattern(r"(?<!x)a(?=[ ]|$)[ ]*")


@given(st.text("ax ", max_size=60), st.integers(0, 60))
def test_parts_find_what_the_whole_text_holds(text: str, start: int) -> None:
    """The same place and end, also where parts meet, with what stands before and behind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pattern, "_PART", 3)
        patch.setattr(pattern, "_LONGEST_MATCH", 60)
        found, expected = _WORD.search_by_parts(text, start), _WORD.search(text, start)
    assert (expected and expected.span()) == (found and found.span())


def test_a_match_that_begins_in_the_next_part_waits_for_it() -> None:
    """There it is seen with all that follows it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pattern, "_PART", 4)
        patch.setattr(pattern, "_LONGEST_MATCH", 2)
        found = Pattern(r"b+").search_by_parts("aaaaabb")
    assert found is not None
    assert (5, 7) == found.span()
