"""Virtual time: a clock that stands until it is advanced, and a timer that follows it."""

import asyncio
import heapq
import math
from collections.abc import Callable
from datetime import datetime, timedelta

from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires
from tests.watched_loop import WatchedLoop


class VirtualClock:
    """A `Clock` whose wall and monotonic time move only by `advance`, and the wall alone by `step` and `suspend`."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._monotonic = 0.0
        self._suspended = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0
        self.timer = ManualTimer(self)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def suspended(self) -> float:
        return self._suspended

    async def sleep(self, seconds: float) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        # Later in any case, as with every clock, or a rest that rounding leaves would never pass.
        until = max(self._monotonic + seconds, math.nextafter(self._monotonic, math.inf))
        heapq.heappush(self._sleepers, (until, self._count, done))
        await done

    def step(self, seconds: float) -> None:
        """Set the wall clock, as an administrator or NTP would."""
        self._now += timedelta(seconds=seconds)

    async def advance(self, seconds: float) -> None:
        """Let time pass: sleepers and alarms go off one by one, in order, and what they start goes on."""
        await settle()
        end = self._monotonic + seconds
        while (due := self._next_due()) is not None and due <= end:
            self._move(max(0.0, due - self._monotonic))  # what came due while nothing ran comes late
            while self._sleepers and self._sleepers[0][0] <= self._monotonic:
                _, _, done = heapq.heappop(self._sleepers)
                if not done.done():
                    done.set_result(None)
            self.timer.go_off()
            await settle()
        self._move(end - self._monotonic)
        await settle()

    async def suspend(self, seconds: float) -> None:
        """Let the machine sleep: the wall clock goes on, the monotonic one stands."""
        self._now += timedelta(seconds=seconds)
        self._suspended += seconds
        await settle()

    def stall(self, seconds: float) -> None:
        """Let both clocks go on while nothing runs: a stopped process, a paused virtual machine."""
        self._move(seconds)

    def _move(self, seconds: float) -> None:
        self._monotonic += seconds
        self._now += timedelta(seconds=seconds)

    def _next_due(self) -> float | None:
        sleeper = self._sleepers[0][0] if self._sleepers else None
        alarm = self.timer.next_alarm()
        if alarm is None:
            return sleeper
        at = self._monotonic + max(0.0, (alarm - self._now).total_seconds())
        return at if sleeper is None else min(sleeper, at)


class ManualTimer:
    """A `Timer` on a virtual clock; it counts the calls that change what is armed."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._armed: dict[str, tuple[Fires, datetime | None]] = {}
        self._on_wake: Callable[[str], None] | None = None
        self.calls = 0

    def start(self, on_wake: Callable[[str], None]) -> None:
        self._on_wake = on_wake

    def arm(self, uid: str, compiled: Fires, *, after: datetime) -> None:
        self.calls += 1
        self._armed[uid] = (compiled, _following(compiled, after))

    def disarm(self, uid: str) -> None:
        self.calls += 1
        self._armed.pop(uid, None)

    def wake_up(self) -> None:
        self.go_off()

    def stop(self) -> None:
        self._on_wake = None
        self._armed.clear()

    def next_alarm(self) -> datetime | None:
        return min((at for _, at in self._armed.values() if at is not None), default=None)

    def go_off(self) -> None:
        now = self._clock.now()
        for uid, (compiled, at) in list(self._armed.items()):
            if at is not None and at <= now and self._on_wake is not None:
                self._armed[uid] = (compiled, _following(compiled, now))
                self._on_wake(uid)


async def settle(*, threads: bool = True) -> None:
    """See `WatchedLoop.settle`."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, WatchedLoop), "virtual time needs a loop that knows what goes on"
    await loop.settle(threads=threads)


def _following(compiled: Fires, after: datetime) -> datetime | None:
    nominal = fires.next_fire(compiled, after=after - compiled.offset)
    return None if nominal is None else nominal + compiled.offset
