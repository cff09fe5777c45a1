"""Stretches of a text by bytes: nothing is cut, lost or told twice."""

from collections.abc import Iterator
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.web.logs.text import BeyondEnd, Counted, Stretch, stretch

PIECES = st.lists(st.text(st.sampled_from("aß€𝄞\n\ufffd"), max_size=6), max_size=6)


@pytest.mark.parametrize(
    ("offset", "limit", "expected"),
    [
        pytest.param(0, 100, Stretch("aß€𝄞z", 0, 11, True), id="all"),
        pytest.param(0, 3, Stretch("aß", 0, 3, False), id="ends between"),
        pytest.param(0, 5, Stretch("aß", 0, 3, False), id="ends within"),
        pytest.param(2, 4, Stretch("€", 3, 6, False), id="begins within"),
        pytest.param(6, 1, Stretch("𝄞", 6, 10, False), id="limit below a character"),
        pytest.param(7, 1, Stretch("z", 10, 11, True), id="limit below what is left of a character"),
        pytest.param(10, 1, Stretch("z", 10, 11, True), id="the last"),
        pytest.param(11, 9, Stretch("", 11, 11, True), id="at the end"),
        pytest.param(12, 9, BeyondEnd(11), id="beyond the end"),
    ],
)
def test_a_stretch_begins_and_ends_between_characters(offset: int, limit: int, expected: Stretch | BeyondEnd) -> None:
    """It lies within what was asked for, but for one character that is longer."""
    assert expected == stretch(["aß", "€", "", "𝄞z"], offset=offset, limit=limit)


@given(PIECES, st.integers(1, 9))
def test_stretches_that_follow_one_another_are_the_text(pieces: list[str], limit: int) -> None:
    """Each goes on where the one before ended, until one says that it was the last."""
    whole, offset = "", 0
    while True:
        found = stretch(pieces, offset=offset, limit=limit)
        assert isinstance(found, Stretch)
        assert offset == found.offset
        whole += found.text
        offset = found.next_offset
        if found.to_end:
            break
    assert ("".join(pieces), len(whole.encode())) == (whole, offset)


@given(PIECES, st.integers(0, 60))
def test_counting_agrees_with_stretches(pieces: list[str], offset: int) -> None:
    """From an offset on both tell the same, at the same bytes."""
    counted = Counted(offset, longest=5)
    told = list(counted.from_offset(pieces))
    found = stretch(pieces, offset=offset, limit=1000)
    assert isinstance(found, BeyondEnd) == counted.missing
    if isinstance(found, Stretch):
        assert found.text == "".join(text for _, text in told)
        ends = accumulate((len(text.encode()) for _, text in told), initial=found.offset)
        assert [begin for begin, _ in told] == list(ends)[: len(told)]


def test_no_more_is_taken_than_is_told() -> None:
    """The rest of a long text stays unread."""

    def pieces() -> Iterator[str]:
        yield "a" * 100
        raise AssertionError("read on")

    assert Stretch("a" * 10, 0, 10, False) == stretch(pieces(), offset=0, limit=10)
