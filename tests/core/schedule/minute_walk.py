"""The oracle of the cron engine: it walks real minutes one by one, and reads fields on its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

MINUTE = timedelta(minutes=1)
Reads = Callable[[datetime], bool]


@dataclass(frozen=True)
class Line:
    """A crontab line and, found apart from any parser, the values of its fields."""

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @property
    def fixed(self) -> bool:
        minute, hour, *_ = self.text.split()
        return minute[0] != "*" and hour[0] != "*"

    def reads(self, wall: datetime) -> bool:
        """Return whether the line matches this wall time."""
        _, _, day, _, weekday = self.text.split()
        hits = (wall.day in self.days, wall.isoweekday() % 7 in {value % 7 for value in self.weekdays})
        day_matches = all(hits) if "*" in {day[0], weekday[0]} else any(hits)
        whole = wall.second == 0 and wall.microsecond == 0
        in_hour = wall.minute in self.minutes and wall.hour in self.hours
        return whole and in_hour and wall.month in self.months and day_matches


def fires(line: Line, zone: ZoneInfo, *, after: datetime, until: datetime) -> list[datetime]:
    """Return the fires of `line` in (after, until], both aware UTC and at least a day from another clock change."""
    found: list[datetime] = []
    # Begin early enough to know which readings have been shown before.
    instant = after.replace(second=0, microsecond=0) - timedelta(hours=30)
    shown = instant.astimezone(zone).replace(tzinfo=None, fold=0)
    before = shown
    while instant < until:
        instant += MINUTE
        wall = instant.astimezone(zone).replace(tzinfo=None, fold=0)
        skipped = wall - before - MINUTE
        if not line.fixed:
            hit = line.reads(wall)
        else:
            hit = wall > shown and line.reads(wall)
            if timedelta(0) < skipped < timedelta(hours=3):
                lost = (before + step * MINUTE for step in range(1, skipped // MINUTE + 1))
                hit = hit or any(line.reads(reading) for reading in lost if reading > shown)
        before, shown = wall, max(wall, shown)
        if hit and after < instant <= until:
            found.append(instant)
    return found


def _item(low: int, high: int) -> st.SearchStrategy[tuple[str, frozenset[int]]]:
    value = st.integers(low, high)
    step = st.integers(1, high + 3)
    pair = st.tuples(value, value).map(sorted)
    return st.one_of(
        st.just(_every(low, high)),
        step.map(lambda n: (f"*/{n}", frozenset(range(low, high + 1, n)))),
        value.map(lambda a: (str(a), frozenset({a}))),
        pair.map(lambda p: (f"{p[0]}-{p[1]}", frozenset(range(p[0], p[1] + 1)))),
        st.tuples(pair, step).map(
            lambda d: (f"{d[0][0]}-{d[0][1]}/{d[1]}", frozenset(range(d[0][0], d[0][1] + 1, d[1])))
        ),
        st.tuples(value, step).map(lambda d: (f"{d[0]}/{d[1]}", frozenset(range(d[0], high + 1, d[1])))),
    )


def field(low: int, high: int) -> st.SearchStrategy[tuple[str, frozenset[int]]]:
    """Draw the text of a field and the values it means."""
    items = st.lists(_item(low, high), min_size=1, max_size=3)
    return items.map(lambda parts: (",".join(text for text, _ in parts), frozenset().union(*(v for _, v in parts))))


@st.composite
def lines(draw: Any, *, at_night: bool = False) -> Line:
    """Draw a line; `at_night` it fires on every day, and rather in the small hours, when clocks change."""
    minute = draw(field(0, 59))
    if at_night:
        small = st.lists(st.integers(0, 4), min_size=1, max_size=3)
        hour = draw(st.one_of(field(0, 23), small.map(lambda hours: (",".join(map(str, hours)), frozenset(hours)))))
        day, month, weekday = _every(1, 31), _every(1, 12), _every(0, 7)
    else:
        hour = draw(field(0, 23))
        day = draw(st.one_of(st.just(_every(1, 31)), field(1, 31)))
        month = draw(st.one_of(st.just(_every(1, 12)), field(1, 12)))
        weekday = draw(st.one_of(st.just(_every(0, 7)), field(0, 7)))
    text = " ".join(part for part, _ in (minute, hour, day, month, weekday))
    return Line(text, minute[1], hour[1], day[1], month[1], weekday[1])


def _every(low: int, high: int) -> tuple[str, frozenset[int]]:
    return "*", frozenset(range(low, high + 1))


def utc(text: str) -> datetime:
    """Return the instant that an RFC 3339 text says, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
