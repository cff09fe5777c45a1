"""How often somebody may act: a bucket for each, which fills slowly and holds a burst."""

from collections.abc import Callable

A_SECOND = 2.0
BURST = 60.0
_MOST_BUCKETS = 10_000


class Rates:
    """Buckets by name: each act takes one of `burst`, and `a_second` of them come back."""

    def __init__(self, monotonic: Callable[[], float], *, a_second: float = A_SECOND, burst: float = BURST) -> None:
        self._monotonic, self._a_second, self._burst = monotonic, a_second, burst
        self._left: dict[str, tuple[float, float]] = {}

    def wait_for(self, name: str) -> float:
        """Take one and return 0, or take none and return the seconds until there is one."""
        now = self._monotonic()
        left, since = self._left.get(name, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._a_second)
        wait = 0.0 if left >= 1.0 else (1.0 - left) / self._a_second
        self._left[name] = (left if wait else left - 1.0, now)
        if len(self._left) > _MOST_BUCKETS:
            self._forget_full(now)
        return wait

    def _forget_full(self, now: float) -> None:
        """Forget the buckets that are full again: a new one is the same."""
        full = self._burst / self._a_second
        self._left = {name: kept for name, kept in self._left.items() if now - kept[1] < full}
