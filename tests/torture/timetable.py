"""When the tortured jobs must fire: plain arithmetic on microseconds since 1970, nothing of schedrun's own engine."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEFORE_ALL = -(10**18)
_AFTER_ALL = 10**18


def instant_text(instant: int) -> str:
    """Return microseconds since 1970 as RFC 3339 text in UTC."""
    return (_EPOCH + timedelta(microseconds=instant)).isoformat().replace("+00:00", "Z")


def instant_of(text: str) -> int:
    """Return the microseconds since 1970 of RFC 3339 text."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


def duration_text(microseconds: int) -> str:
    """Return a duration of whole milliseconds as manifests write it."""
    return f"{microseconds // 1000}ms"


@dataclass(frozen=True)
class Timetable:
    """A schedule within [start, end); `spread` is the longest delay of a fire, which is its own secret."""

    start: int | None = None
    end: int | None = None
    spread: int = 0

    def fires(self, *, after: int, until: int) -> list[int]:
        """Return the nominal instants in (after, until], ascending."""
        first = after + 1 if self.start is None else max(after + 1, self.start)
        last = until if self.end is None else min(until, self.end - 1)
        return self._between(first, last) if first <= last else []

    def manifest(self) -> str:
        """Return the schedule as a manifest's flow mapping."""
        window = {
            "start": None if self.start is None else instant_text(self.start),
            "end": None if self.end is None else instant_text(self.end),
            "spread": duration_text(self.spread) if self.spread else None,
        }
        told = self._told() | {name: text for name, text in window.items() if text is not None}
        return "{" + ", ".join(f'{name}: "{text}"' for name, text in told.items()) + "}"

    def _between(self, first: int, last: int) -> list[int]:
        raise NotImplementedError

    def _told(self) -> dict[str, str]:
        raise NotImplementedError


@dataclass(frozen=True)
class Every(Timetable):
    """The instants `anchor + k * period` for every whole k."""

    period: int = SECOND
    anchor: int = 0

    def _between(self, first: int, last: int) -> list[int]:
        lowest = -((self.anchor - first) // self.period)
        return list(range(self.anchor + lowest * self.period, last + 1, self.period))

    def _told(self) -> dict[str, str]:
        anchor = {"anchor": instant_text(self.anchor)} if self.anchor else {}
        return {"every": duration_text(self.period)} | anchor


@dataclass(frozen=True)
class Minutes(Timetable):
    """A crontab line that names minutes of the hour, read in a zone that is `east` minutes ahead of UTC."""

    minutes: tuple[int, ...] = tuple(range(60))
    east: int = 0
    zone: str = "UTC"

    def _between(self, first: int, last: int) -> list[int]:
        begin = -(-first // MINUTE) * MINUTE
        chosen = set(self.minutes)
        return [at for at in range(begin, last + 1, MINUTE) if (at // MINUTE + self.east) % 60 in chosen]

    def _told(self) -> dict[str, str]:
        minutes = "*" if len(self.minutes) == 60 else ",".join(map(str, self.minutes))
        return {"cron": f"{minutes} * * * *"}


@dataclass(frozen=True)
class Once(Timetable):
    """One instant."""

    at: int = 0

    def _between(self, first: int, last: int) -> list[int]:
        return [self.at] if first <= self.at <= last else []

    def _told(self) -> dict[str, str]:
        return {"at": instant_text(self.at)}


@dataclass(frozen=True)
class Bounds:
    """A moment that nobody saw: it came no earlier and no later than these."""

    no_earlier: int
    no_later: int


ALWAYS = Bounds(_AFTER_ALL, _AFTER_ALL)
"""The end of what has not ended."""


@dataclass(frozen=True)
class InForce:
    """A timetable that a job had from one moment to another."""

    timetable: Timetable
    begun: Bounds
    ended: Bounds = ALWAYS
    certain: bool = True
    """False for what was written and may have been replaced before it was ever read: it requires nothing."""

    def until(self, ended: Bounds) -> "InForce":
        """Return the stretch with its end."""
        return replace(self, ended=ended)

    def required(self, *, until: int) -> list[int]:
        """Return the instants that must have a verdict when everything due at `until` has one."""
        if not self.certain:
            return []
        begin = self.begun.no_later
        if isinstance(self.timetable, Once):
            # One that has passed when it is first seen is missed, visibly.
            begin = BEFORE_ALL
        end = min(self.ended.no_earlier, until) - self.timetable.spread
        return self.timetable.fires(after=begin, until=end)

    def allowed(self, *, until: int) -> list[int]:
        """Return the instants that may have a verdict when nothing later than `until` was looked at."""
        begin = self.begun.no_earlier - self.timetable.spread - 1
        if isinstance(self.timetable, Once):
            begin = BEFORE_ALL
        return self.timetable.fires(after=begin, until=min(self.ended.no_later, until))
