"""The beat of a live scheduler, and what its clocks say of the time between two beats."""

import logging
from dataclasses import dataclass
from datetime import datetime

from schedrun.core.run.recorded import Event
from schedrun.protocols import Clock

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 1.0
NOTICED_SECONDS = 1.0
"""A sleep or a step of the clock is an event when it is longer; clocks are slewed all the time."""

STALLED_SECONDS = 10.0
"""A beat that comes this late, or later, is an event; busy machines are a little late all the time."""

_SENTENCES = {
    "suspended": "Machine was suspended",
    "clock_stepped": "Clock stepped",
    "stalled": "Scheduler stood still",
}


@dataclass(frozen=True, slots=True)
class Beat:
    """A beat: the monotonic seconds since the last one, and the gaps in between, as events.

    A gap is one of `suspended` (the machine slept), `clock_stepped` (the wall clock was set; negative: back) and
    `stalled` (nothing ran here although the machine was awake: a stopped process, a paused virtual machine, a
    blocked event loop). Each has `seconds`, and its `at` is the beat that noticed it, so that the gap is
    [at - seconds, at]: give or take one beat, for what went before it and after it is not known any closer.
    """

    seconds: float
    gaps: tuple[Event, ...] = ()

    @property
    def stepped_back(self) -> bool:
        """Whether the wall clock was set back."""
        return any(gap.name == "clock_stepped" and float(gap.facts["seconds"]) < 0 for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Three clocks read at once."""

    wall: datetime
    steady: float
    slept: float


class Pulse:
    """Beats every second, and compares the clocks from one beat to the next."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = self._read()

    async def beat(self) -> Beat:
        """Return at the next beat, with what happened since the last; each gap is logged as a warning.

        Only the wait for the beat itself can be late: what the caller did before it took the time it took.
        """
        asked = self._clock.monotonic()
        await self._clock.sleep(HEARTBEAT_SECONDS)
        before, now = self._last, self._read()
        self._last = now
        steady, slept = now.steady - before.steady, now.slept - before.slept
        step = (now.wall - before.wall).total_seconds() - steady - slept
        late = now.steady - asked - HEARTBEAT_SECONDS
        gaps: list[Event] = []
        if slept > NOTICED_SECONDS:
            gaps.append(_noticed(now, "suspended", slept))
        if abs(step) > NOTICED_SECONDS:
            gaps.append(_noticed(now, "clock_stepped", step))
        if late >= STALLED_SECONDS:
            gaps.append(_noticed(now, "stalled", late))
        return Beat(steady, tuple(gaps))

    def _read(self) -> _Reading:
        return _Reading(self._clock.now(), self._clock.monotonic(), self._clock.suspended())


def _noticed(now: _Reading, name: str, seconds: float) -> Event:
    gap = Event(now.wall, name, {"seconds": round(seconds, 3)})
    log.warning(_SENTENCES[name], extra={"event": name, **gap.facts})
    return gap
