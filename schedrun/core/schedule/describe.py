"""A schedule in plain English."""

from datetime import timedelta
from typing import assert_never

from schedrun.core.schedule import readings, words
from schedrun.core.schedule.readings import LAST_DAY, LAST_WORKDAY, Readings
from schedrun.core.spec import crontab, instant
from schedrun.core.spec.crontab import Crontab
from schedrun.core.spec.job import Job
from schedrun.core.spec.schedule import CronSchedule, IntervalSchedule, OnceSchedule, Schedule

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PLACES = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST_DAY: "last"}
_FEW_TIMES = 4
_OF_THE_MONTH = "of the month"
_MOVING_DAYS = ((LAST_DAY, "the last day"), (LAST_WORKDAY, "the last weekday"))


def describe(job: Job) -> str:
    """Return when `job` fires, such as `at 02:00 on Monday to Friday, Europe/Berlin`."""
    schedule, zone = job.schedule, job.timezone
    parts = [_rule(schedule, zone)]
    if schedule.start is not None:
        parts.append(f"from {_instant(schedule.start, zone)}")
    if schedule.end is not None:
        parts.append(f"before {_instant(schedule.end, zone)}")
    if schedule.spread:
        parts.append(f"spread over {words.counted(*words.period(schedule.spread))}")
    return ", ".join(parts)


def _rule(schedule: Schedule, zone: str | None) -> str:
    match schedule:
        case CronSchedule(cron=text):
            return f"{_cron(crontab.parse(text))}, {zone or 'UTC'}"
        case IntervalSchedule(every=every, anchor=anchor):
            counted_from = "" if anchor is None else f", counted from {_instant(anchor, zone)}"
            return f"every {_every(every)}{counted_from}"
        case OnceSchedule(at=at):
            return f"once at {_instant(at, zone)}"
        case _:
            assert_never(schedule)


def _every(duration: timedelta) -> str:
    count, unit = words.period(duration)
    return unit if count == 1 else f"{count} {unit}s"


def _instant(text: str, zone: str | None) -> str:
    said = instant.read(text)
    precise = "minutes" if not (said.second or said.microsecond) else "auto"
    local = said.replace(tzinfo=None).isoformat(" ", precise)
    if said.tzinfo is None:
        return f"{local} {zone}"
    return f"{local} UTC" if text[-1] in "Zz" else f"{local} {said.isoformat()[-6:]}"


def _cron(expression: Crontab) -> str:
    matching = readings.of(expression.expression)
    times, days, months = _times(matching), _days(expression, matching), _months(matching)
    if not days and times.startswith("at "):
        days = "every day"
    if months and _OF_THE_MONTH in days and not expression.either_day:
        return f"{times} {days.replace(_OF_THE_MONTH, f'of {months}')}"
    in_months = months and f"in {months}"
    # Where either day field is enough the month bounds both, so it comes before them.
    parts = (times, in_months, days) if expression.either_day else (times, days, in_months)
    return " ".join(part for part in parts if part)


def _times(matching: Readings) -> str:
    minutes, hours = matching.minutes, matching.hours
    minute_step = _step(minutes, 60)
    if minute_step is not None:
        return _several_an_hour(_every(timedelta(minutes=minute_step)), hours)
    if len(minutes) == 1:
        return _once_an_hour(minutes[0], hours)
    if len(hours) * len(minutes) <= _FEW_TIMES:
        return f"at {words.listed([_time(hour, minute) for hour in hours for minute in minutes])}"
    at_minutes = f"at minutes {words.listed(words.numbers(minutes))}"
    if len(hours) == 24:
        return f"every hour {at_minutes}"
    noun = "hour" if len(hours) == 1 else "hours"
    return f"{at_minutes} of {noun} {words.listed(words.numbers(hours))}"


def _several_an_hour(period: str, hours: tuple[int, ...]) -> str:
    if len(hours) == 24:
        return f"every {period}"
    spans = [f"from {_time(first, 0)} to {_time(last, 59)}" for first, last in words.runs(hours)]
    if len(spans) > _FEW_TIMES:
        return f"every {period} of hours {words.listed(words.numbers(hours))}"
    return f"every {period} {words.listed(spans)}"


def _once_an_hour(minute: int, hours: tuple[int, ...]) -> str:
    at_minute = f" at minute {minute}" if minute else ""
    if len(hours) == 24:
        return f"every hour{at_minute}"
    hour_step = _step(hours, 24)
    if hour_step is not None and len(hours) > 2:
        return f"every {hour_step} hours{at_minute}"
    spans = words.runs(hours)
    if len(spans) == 1 and len(hours) > 2:
        return f"every hour from {_time(hours[0], minute)} to {_time(hours[-1], minute)}"
    return f"at {words.listed([_time(hour, minute) for hour in hours])}"


def _step(values: tuple[int, ...], size: int) -> int | None:
    """Return n when `values` are every nth of a whole round of `size`, None when their gaps are uneven."""
    if len(values) < 2:
        return None
    step = values[1] - values[0]
    return step if size % step == 0 and values == tuple(range(0, size, step)) else None


def _time(hour: int, minute: int) -> str:
    return f"{hour:02}:{minute:02}"


def _days(expression: Crontab, matching: Readings) -> str:
    of_month, of_week = _days_of_month(matching), _days_of_week(matching)
    if expression.either_day:
        return f"on {of_month} and also on {of_week}" if of_month and of_week else ""
    if of_month and of_week:
        return f"on {of_week} when it falls on {of_month}"
    return f"on {of_month or of_week}" if of_month or of_week else ""


def _days_of_month(matching: Readings) -> str:
    """Return the days of the month; empty when all of them match."""
    plain = [day for day in matching.days if day > 0]
    if len(plain) == 31:
        return ""
    parts = words.numbers(plain) if plain else []
    noun = "" if not plain else "day " if len(plain) == 1 else "days "
    parts += [name for mark, name in _MOVING_DAYS if mark in matching.days]
    return f"{noun}{words.listed(parts)} {_OF_THE_MONTH}"


def _days_of_week(matching: Readings) -> str:
    """Return the days of the week; empty when all of them match."""
    plain = [item for item in matching.weekdays if isinstance(item, int)]
    placed = sorted(item for item in matching.weekdays if isinstance(item, tuple))
    if len(plain) == 7:
        return ""
    parts = words.numbers(plain, lambda day: _WEEKDAYS[day - 1]) if plain else []
    parts += [f"the {_PLACES[place]} {_WEEKDAYS[day - 1]} {_OF_THE_MONTH}" for day, place in placed]
    return words.listed(parts)


def _months(matching: Readings) -> str:
    if len(matching.months) == 12:
        return ""
    return words.listed(words.numbers(matching.months, lambda month: _MONTHS[month - 1]))
