"""Cursors: what goes in comes out, and nothing else does."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.run.page import Place
from schedrun.web import cursors
from schedrun.web.problem import Problem

PLACES = st.builds(
    Place,
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 2**62),
)


@given(PLACES)
def test_a_place_survives(place: Place) -> None:
    """To the microsecond; and it fits into what a request may say."""
    cursor = cursors.of_place(place, of="runs")
    assert place == cursors.place(cursor, of="runs")
    assert len(cursor) <= cursors.LONGEST


@given(st.text(min_size=1, max_size=200))
def test_a_key_survives(key: str) -> None:
    """Whatever letters a code job's id has."""
    assert key == cursors.key(cursors.of_key(key, of="jobs"), of="jobs")


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_-]{1,60}", fullmatch=True))
def test_no_guess_is_a_cursor(text: str) -> None:
    """Each is refused as input that is wrong."""
    for read in (cursors.place, cursors.key):
        with pytest.raises(Problem) as caught:
            read(text, of="runs")
        assert (422, "bad_cursor") == (caught.value.status, caught.value.code)


def test_another_list_or_filter_refuses_it() -> None:
    """Though it would hold a place there too."""
    cursor = cursors.of_place(Place(datetime(2026, 1, 1, tzinfo=UTC), 7), of="runs 'a'")
    with pytest.raises(Problem):
        cursors.place(cursor, of="runs 'b'")
    with pytest.raises(Problem):
        cursors.key(cursor, of="runs 'a'")


@given(PLACES, st.integers(0, 30), st.sampled_from("AZaz09_-"))
def test_a_changed_letter_refuses_it(place: Place, index: int, letter: str) -> None:
    """Or leaves it the cursor that it was."""
    cursor = cursors.of_place(place, of="runs")
    changed = cursor[:index] + letter + cursor[index + 1 :]
    try:
        assert place == cursors.place(changed, of="runs")
    except Problem:
        assert changed != cursor


def forged(body: bytes, *, of: str) -> str:
    """Return a cursor that seals anything, as whoever reads the source can make it."""
    tag = hashlib.blake2b(body, digest_size=9, key=hashlib.sha256(of.encode()).digest()).digest()
    return base64.urlsafe_b64encode(tag + body).decode().rstrip("=")


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"\xff", b"[" * 600, b"[1]", b'{"a": 1}'),
        *(b"[1e400,1]", b"[%d,1]" % 10**30, b"[1,%d]" % 10**30, b"[-1,1]", b"[1,-1]", b'["\\ud800"]'),
    ],
)
def test_a_forged_one_is_refused_whatever_it_seals(body: bytes) -> None:
    """No store is asked for what it cannot hold."""
    assert 7 == cursors.place(forged(b"[1,7]", of="runs"), of="runs").ordinal
    for read in (cursors.place, cursors.key):
        with pytest.raises(Problem):
            read(forged(body, of="runs"), of="runs")
