"""Which dates a calendar rule means: sets of numbers, and the rule that joins day of month and day of week."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

ALL_DAYS = frozenset(range(1, 32))
ALL_MONTHS = frozenset(range(1, 13))
ALL_WEEKDAYS = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Days:
    """Dates by sets. Weekdays count from Sunday as 0.

    `from_end` counts days from the last of the month (which is 1), `workdays` are the weekdays nearest to a day
    of the month (0: to the last day), `nth` are pairs of weekday and its number in the month, `last_weekdays` are the
    last of their kind in the month. With `either` one of day of month and day of week is enough, else both must hold.
    """

    days: frozenset[int] = ALL_DAYS
    months: frozenset[int] = ALL_MONTHS
    weekdays: frozenset[int] = ALL_WEEKDAYS
    either: bool = False
    from_end: frozenset[int] = frozenset()
    workdays: frozenset[int] = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()
    last_weekdays: frozenset[int] = frozenset()
    years: frozenset[int] | None = None

    def hold(self, day: date) -> bool:
        """Return whether the rule means this date."""
        if day.month not in self.months or (self.years is not None and day.year not in self.years):
            return False
        length = monthrange(day.year, day.month)[1]
        by_month, by_week = self._by_month(day, length), self._by_week(day, length)
        return (by_month or by_week) if self.either else (by_month and by_week)

    @property
    def any_weekday(self) -> bool:
        """Whether the day of week restricts nothing."""
        return self.weekdays == ALL_WEEKDAYS

    @property
    def any_day(self) -> bool:
        """Whether the day of month restricts nothing."""
        return self.days == ALL_DAYS

    def _by_month(self, day: date, length: int) -> bool:
        if day.day in self.days or length - day.day + 1 in self.from_end:
            return True
        return any(day.day == _nearest_workday(day, target or length, length=length) for target in self.workdays)

    def _by_week(self, day: date, length: int) -> bool:
        weekday = day.isoweekday() % 7
        return (
            weekday in self.weekdays
            or (weekday, (day.day - 1) // 7 + 1) in self.nth
            or (weekday in self.last_weekdays and day.day > length - 7)
        )


def _nearest_workday(day: date, target: int, *, length: int) -> int | None:
    if target > length:
        return None
    weekday = day.replace(day=target).isoweekday()
    if weekday == 6:
        return target - 1 if target > 1 else target + 2
    if weekday == 7:
        return target + 1 if target < length else target - 2
    return target
