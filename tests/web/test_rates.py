"""A burst, then two a second."""

import pytest

from schedrun.web import rates
from schedrun.web.rates import Rates


class Time:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_two_a_second() -> None:
    """Who waits as long as is said may go on; what was refused costs nothing."""
    time = Time()
    bucket = Rates(time)
    assert [0.0] * 60 == [bucket.wait_for("ops") for _ in range(60)]
    assert [0.5] * 5 == [bucket.wait_for("ops") for _ in range(5)]
    time.now += 0.5
    assert [0.0, 0.5] == [bucket.wait_for("ops") for _ in range(2)]
    time.now += 1_000
    assert [0.0] * 60 == [bucket.wait_for("ops") for _ in range(60)]
    assert 0.5 == bucket.wait_for("ops")


def test_each_has_a_bucket() -> None:
    """One who acts too often is in nobody's way."""
    bucket = Rates(Time(), burst=1)
    assert [0.0, 0.5, 0.0] == [bucket.wait_for(name) for name in ("ops", "ops", "guest")]


def test_full_buckets_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names come by, and those that are not full stay."""
    monkeypatch.setattr(rates, "_MOST_BUCKETS", 10)
    time = Time()
    bucket = Rates(time, burst=1)
    for name in range(10):
        bucket.wait_for(str(name))
        time.now += 0.25
    bucket.wait_for("last")
    assert ["9", "last"] == sorted(bucket._left)
    assert bucket.wait_for("9") > 0
