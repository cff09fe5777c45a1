"""How late an event loop is, measured on a loop whose time a test tells."""

import heapq
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any, cast

import pytest

from schedrun.web.loop_lag import LOOK_SECONDS, WINDOW_SECONDS, LoopLag


class ToldLoop:
    """What of an event loop is asked: calls go off when time passes, or later when the loop is busy."""

    def __init__(self) -> None:
        self.now = 100.0
        self.calls: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, callback: Callable[..., None], *arguments: Any) -> None:
        self._count += 1
        heapq.heappush(self.calls, (self.now + seconds, self._count, callback, arguments))

    def idle(self, seconds: float) -> None:
        """Let time pass and every call go off on time."""
        end = self.now + seconds
        while self.calls and self.calls[0][0] <= end:
            self.now = max(self.now, self.calls[0][0])
            self._go_off()
        self.now = end

    def busy(self, seconds: float) -> None:
        """Let time pass in one step, and what came due go off after it."""
        self.now += seconds
        while self.calls and self.calls[0][0] <= self.now:
            self._go_off()

    def _go_off(self) -> None:
        _, _, callback, arguments = heapq.heappop(self.calls)
        callback(*arguments)


def worst(lag: LoopLag, loop: ToldLoop) -> float:
    return lag.worst(cast("AbstractEventLoop", loop))


@pytest.fixture
def loop() -> ToldLoop:
    """Return a loop that is idle."""
    return ToldLoop()


def test_an_idle_loop_is_never_late(loop: ToldLoop) -> None:
    """Before the first look and after many."""
    lag = LoopLag()
    assert 0.0 == worst(lag, loop)
    loop.idle(30)
    assert pytest.approx(0.0) == worst(lag, loop)


def test_a_blocked_loop_is_as_late_as_it_was_blocked(loop: ToldLoop) -> None:
    """From when the timer was due."""
    lag = LoopLag()
    worst(lag, loop)
    loop.busy(LOOK_SECONDS + 2)
    assert pytest.approx(2) == worst(lag, loop)


def test_the_worst_of_the_window_is_told(loop: ToldLoop) -> None:
    """Each scrape sees it as long as it lies in there, however many ask."""
    lag = LoopLag()
    worst(lag, loop)
    loop.busy(LOOK_SECONDS + 2)
    loop.busy(LOOK_SECONDS + 1)
    loop.idle(WINDOW_SECONDS - 5)
    assert [pytest.approx(2), pytest.approx(2)] == [worst(lag, loop), worst(lag, loop)]
    loop.idle(4)
    assert pytest.approx(1) == worst(lag, loop)
    loop.idle(WINDOW_SECONDS)
    assert pytest.approx(0) == worst(lag, loop)


def test_another_loop_begins_anew(loop: ToldLoop) -> None:
    """What was measured on the last one says nothing of it, and that one is looked at no more."""
    lag, other = LoopLag(), ToldLoop()
    worst(lag, loop)
    loop.busy(LOOK_SECONDS + 2)
    assert 0.0 == worst(lag, other)
    loop.idle(10)
    assert [] == loop.calls
    assert 1 == len(other.calls)
