"""Points at which reading goes on: the last one before a byte, of few logs."""

import zlib
from pathlib import Path

from schedrun.stores.logs import Checkpoint
from schedrun.web.logs.access_points import AccessPoint, AccessPoints

ONE, TWO = Path("one.gz"), Path("two.gz")


def point(position: int) -> AccessPoint:
    """Return a point at this byte."""
    return AccessPoint(position, Checkpoint((1, 1), 0, b"", zlib.decompressobj(31), (b"", 0)))


def test_gives_the_last_point_before_a_byte() -> None:
    """Of the same log, and none behind it."""
    points = AccessPoints()
    near, far = point(2_000_000), point(90_000_000)
    for each in (near, far):
        points.keep(ONE, each)
    assert near is points.before(ONE, 2_000_000)
    assert near is points.before(ONE, 89_999_999)
    assert far is points.before(ONE, 200_000_000)
    assert points.before(ONE, 1_999_999) is None
    assert points.before(TWO, 200_000_000) is None


def test_forgets_what_was_not_used_for_longest() -> None:
    """A point takes memory."""
    points = AccessPoints(most=2)
    points.keep(ONE, point(2_000_000))
    points.keep(ONE, point(90_000_000))
    assert points.before(ONE, 3_000_000) is not None
    points.keep(TWO, point(2_000_000))
    assert points.before(ONE, 3_000_000) is not None
    assert 2_000_000 == getattr(points.before(ONE, 200_000_000), "position", None)
