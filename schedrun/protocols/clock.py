"""What tells the time, and what wakes."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from schedrun.core.schedule.fires import Fires


class Clock(Protocol):
    """Wall time, monotonic time, the machine's sleep, and waiting; virtual in tests."""

    def now(self) -> datetime:
        """Return the wall clock's reading, aware, UTC."""

    def monotonic(self) -> float:
        """Return seconds of which only differences mean anything; no one sets this clock."""

    def suspended(self) -> float:
        """Return the seconds this machine has slept so far; only differences mean anything.

        Wall time goes on in a suspended machine, monotonic time stands.
        """

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of monotonic time."""


class Timer(Protocol):
    """An alarm clock: it wakes, and decides nothing.

    A wake is a hint. It may come twice or for a job that has just been disarmed; what is due is always computed
    from the recorded cursor.
    """

    def start(self, on_wake: Callable[[str], None]) -> None:
        """Begin to wake: from now on `on_wake(uid)` is called on the event loop for each armed job that comes due."""

    def arm(self, uid: str, fires: Fires, *, after: datetime) -> None:
        """Wake `uid` at each fire of `fires`, spread offset included, later than `after`; replaces what was armed."""

    def disarm(self, uid: str) -> None:
        """Forget `uid`; no-op when it is not armed."""

    def wake_up(self) -> None:
        """Look at the wall clock again: it was set, or the machine was asleep."""

    def stop(self) -> None:
        """Stop waking; idempotent."""
