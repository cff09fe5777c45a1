"""Places of logs: the last one before a byte, of few logs."""

import zlib
from pathlib import Path

from schedrun.stores.logs import Mark
from schedrun.web.logs.places import Place, Places

ONE, TWO = Path("one.gz"), Path("two.gz")


def place(position: int) -> Place:
    """Return a place at this byte."""
    return Place(position, Mark((1, 1), 0, b"", zlib.decompressobj(31), (b"", 0)))


def test_gives_the_last_place_before_a_byte() -> None:
    """Of the same log, and none behind it."""
    places = Places()
    near, far = place(2_000_000), place(90_000_000)
    for each in (near, far):
        places.keep(ONE, each)
    assert near is places.before(ONE, 2_000_000)
    assert near is places.before(ONE, 89_999_999)
    assert far is places.before(ONE, 200_000_000)
    assert places.before(ONE, 1_999_999) is None
    assert places.before(TWO, 200_000_000) is None


def test_forgets_what_was_not_used_for_longest() -> None:
    """A place takes memory."""
    places = Places(most=2)
    places.keep(ONE, place(2_000_000))
    places.keep(ONE, place(90_000_000))
    assert places.before(ONE, 3_000_000) is not None
    places.keep(TWO, place(2_000_000))
    assert places.before(ONE, 3_000_000) is not None
    assert 2_000_000 == getattr(places.before(ONE, 200_000_000), "position", None)
