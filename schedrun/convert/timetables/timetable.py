"""What every timetable answers, and the two simplest of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

_MOMENT = timedelta(microseconds=1)


class Timetable(Protocol):
    """When a foreign tool fires.

    `most_a_day` is how many fires a day may have before only a part of the days is looked at; `on_clock_changes`
    says in a sentence what the tool does with times that the clock skips or repeats (empty: it has none).
    """

    @property
    def most_a_day(self) -> int:
        """Return the number of fires a day up to which twelve months are computed whole."""
        ...

    @property
    def on_clock_changes(self) -> str:
        """Return the sentence."""
        ...

    @property
    def zone(self) -> ZoneInfo | None:
        """Return the zone whose clock it reads, None when it reads none."""
        ...

    def fires(self, *, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the instants (aware UTC) in (after, until], ascending; one comes twice when the tool starts twice."""
        ...


@dataclass(frozen=True, slots=True)
class Periodic:
    """Elapsed time; `phase` is an instant of the grid, None where the tool counts from its own start."""

    every: timedelta
    phase: datetime | None = None
    most_a_day: int = 2_000
    on_clock_changes: str = ""
    zone: ZoneInfo | None = None

    def fires(self, *, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield every grid point; of an unknown phase those of a grid that goes through `after`."""
        phase = (self.phase or after).astimezone(UTC)
        instant = phase + ((after - phase) // self.every + 1) * self.every
        while instant <= until:
            yield instant
            instant += self.every


@dataclass(frozen=True, slots=True)
class Once:
    """One instant (aware)."""

    at: datetime
    most_a_day: int = 2_000
    on_clock_changes: str = ""
    zone: ZoneInfo | None = None

    def fires(self, *, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield it when it lies in the window."""
        if after < self.at <= until:
            yield self.at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Triggered:
    """An object that answers like a trigger of APScheduler 3: `get_next_fire_time(previous, now)`."""

    trigger: Any
    most_a_day: int = 100
    on_clock_changes: str = "APScheduler asks its own trigger"

    @property
    def zone(self) -> ZoneInfo | None:
        """Return the trigger's zone where it has one of zoneinfo."""
        zone = getattr(self.trigger, "timezone", None)
        return zone if isinstance(zone, ZoneInfo) else None

    def fires(self, *, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield what the trigger answers, asked as its scheduler asks: with the fire before, a moment after it."""
        previous, now, last = None, after + _MOMENT, after
        while now <= until:
            answer = self.trigger.get_next_fire_time(previous, now)
            if answer is None:
                return
            # In one zone Python compares what clocks show, which goes back in autumn.
            instant = answer.astimezone(UTC)
            if instant > until:
                return
            if instant > last:
                yield instant
                previous, now, last = answer, instant + _MOMENT, instant
            else:
                previous, now = None, max(now, last) + timedelta(seconds=1)
