"""Spread: a delay that only the key decides."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedrun.core.schedule import spread


@given(key=st.text(), window=st.timedeltas(timedelta(milliseconds=1), timedelta(days=2)))
def test_stays_inside_the_window(key: str, window: timedelta) -> None:
    """The offset lies in [0, spread), in whole milliseconds."""
    offset = spread.offset(key, window)
    assert timedelta(0) <= offset < window
    assert timedelta(0) == offset % timedelta(milliseconds=1)


@pytest.mark.parametrize("window", [None, timedelta(0)])
def test_no_spread_is_no_delay(window: timedelta | None) -> None:
    """Without a spread nothing is delayed."""
    assert timedelta(0) == spread.offset("billing/close-day", window)


def test_is_the_same_in_every_process() -> None:
    """The value is pinned: a change of it would move every job of every user."""
    assert timedelta(seconds=298.242) == spread.offset("billing/close-day", timedelta(minutes=10))


def test_shares_the_load() -> None:
    """1,000 jobs fill every tenth of the window."""
    window = timedelta(minutes=10)
    tenths = {spread.offset(f"fleet/job-{number}", window) // (window / 10) for number in range(1_000)}
    assert set(range(10)) == tenths
