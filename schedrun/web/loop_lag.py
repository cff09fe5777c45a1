"""How late an event loop is for what it promised: the worst of the last minute."""

from asyncio import AbstractEventLoop
from collections import deque

LOOK_SECONDS = 0.5
"""How often it is looked at."""

WINDOW_SECONDS = 60.0
"""How long a delay is told: longer than scrapes are apart, so that each of them sees it."""


class LoopLag:
    """Looks at one event loop from the first question on; a loop that is closed is no longer looked at.

    It asks for calls and not for a task: a loop that ends has nothing to wait for, and nothing to complain of.
    """

    def __init__(self) -> None:
        self._loop: AbstractEventLoop | None = None
        self._late: deque[tuple[float, float]] = deque()

    def worst(self, loop: AbstractEventLoop) -> float:
        """Return by how many seconds the loop's timers went off late at worst in the last minute, so far."""
        if self._loop is not loop:
            self._loop = loop
            self._late.clear()
            self._look_again(loop)
        self._forget(loop.time())
        return max((late for _, late in self._late), default=0.0)

    def _look_again(self, loop: AbstractEventLoop) -> None:
        loop.call_later(LOOK_SECONDS, self._look, loop, loop.time() + LOOK_SECONDS)

    def _look(self, loop: AbstractEventLoop, due: float) -> None:
        if self._loop is not loop:
            return
        now = loop.time()
        self._late.append((now, max(0.0, now - due)))
        self._forget(now)
        self._look_again(loop)

    def _forget(self, now: float) -> None:
        while self._late and self._late[0][0] < now - WINDOW_SECONDS:
            self._late.popleft()
