"""The wall readings that match a crontab expression: minutes of the calendar, no zone, no clock changes."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from copy import copy
from datetime import date, datetime, timedelta
from functools import lru_cache

from cronsim import CronSim

LAST_DAY = CronSim.LAST
LAST_WORKDAY = CronSim.LAST_WEEKDAY
"""What stands for the last day of the month and for its last Monday to Friday."""

_MONTHS, _DAYS, _WEEKDAYS = frozenset(range(1, 13)), frozenset(range(1, 32)), frozenset(range(1, 8))
_DAY = timedelta(days=1)
_INSTANT = timedelta.resolution


class Readings:
    """What one expression matches, as cronsim reads its fields; it never changes, so threads may share it."""

    __slots__ = ("_cron", "hours", "minutes")

    def __init__(self, expression: str) -> None:
        self._cron = CronSim(expression, datetime(2000, 1, 1))  # noqa: DTZ001  a calendar has no zone
        self.hours = tuple(sorted(self._cron.hours))
        self.minutes = tuple(sorted(self._cron.minutes))

    @property
    def months(self) -> frozenset[int]:
        """The months, from 1."""
        return frozenset(self._cron.months)

    @property
    def days(self) -> frozenset[int]:
        """The days of the month, from 1, with `LAST_DAY` and `LAST_WORKDAY` for what moves with its length."""
        return frozenset(self._cron.days)

    @property
    def are_hourly(self) -> bool:
        """Whether there are some in every hour of every day."""
        every_day = self.months >= _MONTHS and self.days >= _DAYS and self.weekdays >= _WEEKDAYS
        return every_day and len(self.hours) == 24

    @property
    def weekdays(self) -> frozenset[int | tuple[int, int]]:
        """The days of the week, 1 Monday to 7 Sunday; (day, place) for one of the month, `LAST_DAY` for the last."""
        return frozenset(
            (item[0] or 7, item[1]) if isinstance(item, tuple) else item or 7 for item in self._cron.weekdays
        )

    def first(self, *, start: datetime) -> datetime | None:
        """Return the first match at or after `start`; None when the fifty years from there have none."""
        # cronsim looks strictly after a whole second, and moves: hence the copy.
        cron = copy(self._cron)
        cron.dt = (start - _INSTANT).replace(microsecond=0)
        try:
            return next(cron, None)
        except OverflowError:  # the calendar ends before the next match
            return None

    def count(self, *, start: datetime, end: datetime) -> int:
        """Return how many matches lie in [start, end), at the price of a look at each of its days."""
        if start >= end:
            return 0
        whole_days = sum(1 for _ in self._days(start.date(), end.date() - _DAY))
        return whole_days * len(self.hours) * len(self.minutes) - self._before(start) + self._before(end)

    def newest(self, *, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the matches in [start, end), newest first."""
        if start >= end:
            return
        hours_of_last_day = self.hours[: bisect_right(self.hours, end.hour)]
        for day in self._days(start.date(), end.date(), newest_first=True):
            for hour in reversed(hours_of_last_day if day == end.date() else self.hours):
                for minute in reversed(self.minutes):
                    reading = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001  wall time
                    if reading < start:
                        return
                    if reading < end:
                        yield reading

    def _days(self, first: date, last: date, *, newest_first: bool = False) -> Iterator[date]:
        """Yield the days of [first, last] that match."""
        day, step = (last, -_DAY) if newest_first else (first, _DAY)
        months, matches = self._cron.months, self._cron.match_day
        for _ in range((last - first).days + 1):
            if day.month in months and matches(day):
                yield day
            day += step

    def _before(self, moment: datetime) -> int:
        """Return how many matches its own day has before `moment`."""
        if not any(self._days(moment.date(), moment.date())):
            return 0
        # A match is a whole minute: 10:05:30 has 10:05 behind it.
        minute = moment.minute + (1 if moment.second or moment.microsecond else 0)
        full_hours = bisect_left(self.hours, moment.hour)
        count = full_hours * len(self.minutes)
        if full_hours < len(self.hours) and self.hours[full_hours] == moment.hour:
            count += bisect_left(self.minutes, minute)
        return count


@lru_cache(maxsize=1024)
def of(expression: str) -> Readings:
    """Return the readings of a `Crontab.expression`; shared among the jobs that say the same."""
    return Readings(expression)
