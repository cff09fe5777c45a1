"""The shortest time between two fires of a schedule."""

from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from schedrun.core.schedule import readings
from schedrun.core.spec import crontab
from schedrun.core.spec.schedule import CronSchedule, IntervalSchedule, Schedule
from schedrun.lint.facts import Facts

_DAY = timedelta(days=1)
_BEGINNING = datetime(2024, 1, 1)  # noqa: DTZ001  a calendar has no zone
_YEARS = timedelta(days=5 * 366)
"""Long enough to see every distance between two days of an expression that fires now and then."""


def shortest(schedule: Schedule, facts: Facts) -> timedelta | None:
    """Return the shortest time between two fires, on the wall clock for cron; None for what fires at most once."""
    match schedule:
        case CronSchedule(cron=text):
            return facts.once(of_cron, text)
        case IntervalSchedule(every=every):
            return every
        case _:
            return None


def of_cron(text: str) -> timedelta | None:
    """Return the shortest time between two readings of a crontab expression; None when it has one in years."""
    expression = crontab.parse(text).expression
    matching = readings.of(expression)
    times = [60 * hour + minute for hour in matching.hours for minute in matching.minutes]
    within = min((timedelta(minutes=after - before) for before, after in pairwise(times)), default=None)
    overnight = timedelta(minutes=24 * 60 - times[-1] + times[0])
    if within is not None and within <= overnight:
        return within
    days = between_days(expression.split(" ", 2)[2])
    if days is None:
        return within
    across = overnight + (days - 1) * _DAY
    return across if within is None else min(within, across)


@lru_cache(maxsize=4096)
def between_days(fields: str) -> int | None:
    """Return the fewest days from one that matches the last three fields of an expression to the next.

    None when there are no two in some years.
    """
    fewest: int | None = None
    days = readings.of(f"0 0 {fields}").newest(start=_BEGINNING, end=_BEGINNING + _YEARS)
    for later, earlier in pairwise(days):
        distance = (later - earlier).days
        fewest = distance if fewest is None else min(fewest, distance)
        if fewest == 1:
            break
    return fewest
