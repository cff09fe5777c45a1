"""What every timetable answers, and the two simplest of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol


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

    def fires(self, *, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield what the trigger answers, one question a fire."""
        previous = None
        now = after + timedelta(microseconds=1)
        while True:
            instant = self.trigger.get_next_fire_time(previous, now)
            if instant is None or instant > until:
                return
            # A trigger that goes back or stands still would be asked forever.
            if previous is not None and instant <= previous:
                now += timedelta(seconds=1)
                previous = None
                continue
            if instant > after:
                yield instant.astimezone(UTC)
            previous = instant
            now = instant + timedelta(microseconds=1)
