"""Several timetables as one: what they share fires once."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from schedrun.convert.timetables.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Union:
    """The instants of all parts, each once."""

    parts: tuple[Timetable, ...]

    @property
    def most_a_day(self) -> int:
        """Return the least of the parts."""
        return min(part.most_a_day for part in self.parts)

    @property
    def on_clock_changes(self) -> str:
        """Return the sentence of the first part."""
        return self.parts[0].on_clock_changes

    @property
    def zone(self) -> ZoneInfo | None:
        """Return the zone of the first part."""
        return self.parts[0].zone

    def fires(self, *, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the instants, ascending."""
        last = None
        for instant in heapq.merge(*(part.fires(after=after, until=until) for part in self.parts)):
            if instant != last:
                yield instant
            last = instant
