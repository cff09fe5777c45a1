"""The only file that reads a clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """The machine's clocks behind the `Clock` protocol."""

    def now(self) -> datetime:
        """Return the wall clock's reading as an aware UTC datetime."""
        return datetime.now(UTC)  # noqa: TID251  this is the one place

    def monotonic(self) -> float:
        """Return seconds on a clock that no one sets; only differences mean anything."""
        return time.monotonic()  # noqa: TID251  this is the one place

    def suspended(self) -> float:
        """Return the seconds this machine has slept so far; only differences mean anything."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of monotonic time."""
        import asyncio  # noqa: PLC0415  who only reads the time needs no event loop

        await asyncio.sleep(seconds)
