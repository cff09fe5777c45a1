"""SR204 and SR205: steps that do not divide what they step through."""

import re
from collections.abc import Container, Iterator
from datetime import timedelta

from schedrun.core.pattern import Pattern
from schedrun.core.schedule import readings
from schedrun.core.schedule.words import counted
from schedrun.core.spec import duration
from schedrun.core.spec.crontab import Crontab
from schedrun.core.spec.crontab_field import DAY, HOUR, MINUTE, MONTH, WEEKDAY, Field
from schedrun.lint.found import Found

_STEP = Pattern(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?/(?P<step>\d+)")
_UNITS = {MINUTE: "minute", HOUR: "hour", DAY: "day", MONTH: "month", WEEKDAY: "day"}
_ROUNDS = {MINUTE: 60, HOUR: 24, MONTH: 12, WEEKDAY: 7}
_TURNS = {MINUTE: "the full hour", HOUR: "midnight", MONTH: "the year's end", WEEKDAY: "the week's end"}
_LENGTHS = {2: (28, 29), 4: (30,), 6: (30,), 9: (30,), 11: (30,)}
"""How many days the months have that have no 31."""


def check(parsed: Crontab) -> Iterator[Found]:
    """Yield one finding for the steps beyond their range, and one for those with uneven gaps."""
    fields = (
        (MINUTE, parsed.minute),
        (HOUR, parsed.hour),
        (DAY, parsed.day),
        (MONTH, parsed.month),
        (WEEKDAY, parsed.day_of_week),
    )
    stepped = [(field, match) for field, said in fields if (match := _STEP.fullmatch(said.lower()))]
    beyond = [_beyond(field, match) for field, match in stepped if not _says_both_days(field, match, parsed=parsed)]
    if any(beyond):
        message = "; ".join(text for text in beyond if text)
        yield Found("SR205", message, "write the value itself, or a step within the range", ("schedule", "cron"))
    uneven = [_uneven(field, match, parsed=parsed) for field, match in stepped if len(_values(field, match)) > 1]
    if any(uneven):
        hints = [hint for field, match in stepped if (hint := _divisors(field, match, parsed=parsed))]
        hint = "; ".join(hints) or "write the values one by one, or use `every`"
        message = "; ".join(text for text in uneven if text)
        yield Found("SR204", message, hint, ("schedule", "cron"))


def _values(field: Field, match: re.Match[str]) -> list[int]:
    first = field.low if match["first"] == "*" else field.value_of(match["first"])
    last = field.high if match["last"] is None else field.value_of(match["last"])
    if first is None or last is None:
        return []
    values = range(first, last + 1, int(match["step"]))
    # 0 and 7 are both Sunday.
    return [value for value in values if field is not WEEKDAY or value < 7 or value - 7 not in values]


def _says_both_days(field: Field, match: re.Match[str], *, parsed: Crontab) -> bool:
    """Return whether the step stands for its `*`, by which both day fields must match: SR207 tells of that."""
    both_set = parsed.day != "*" and parsed.day_of_week != "*"
    return field in {DAY, WEEKDAY} and match["first"] == "*" and both_set


def _beyond(field: Field, match: re.Match[str]) -> str | None:
    values = _values(field, match)
    if len(values) != 1 or (match["last"] is not None and match["first"] == match["last"]):
        return None
    # 7 is 0 once more.
    high = match["last"] or (6 if field is WEEKDAY else field.high)
    return f"the step of {field.name} `{match[0]}` leads beyond {high}: it means {values[0]} alone"


def _uneven(field: Field, match: re.Match[str], *, parsed: Crontab) -> str | None:
    """Return the gaps that a step leaves, None when they are even or it means no round."""
    if _is_bounded(field, match) or not _goes_round(field, parsed):
        return None
    if field is DAY:
        return _uneven_days(match, parsed)
    values = _values(field, match)
    between = values[1] - values[0]
    last = _ROUNDS[field] - values[-1] + values[0]
    if last == between:
        return None
    gap, across = counted(between, _UNITS[field]), counted(last, _UNITS[field])
    return f"{field.name} `{match[0]}` leaves gaps of {gap}, and of {across} over {_TURNS[field]}"


def _is_bounded(field: Field, match: re.Match[str]) -> bool:
    """Return whether the step is within a range that somebody chose, and not within all that there is.

    What ends with its field and begins within the first step (`3-59/7`) goes round like `3/7`.
    """
    if match["last"] is None:
        return False
    first, last = field.value_of(match["first"]), field.value_of(match["last"])
    if field is WEEKDAY:
        return (first, last) not in {(field.low, field.high), (field.low, field.high - 1)}
    return last != field.high or first is None or first - field.low >= int(match["step"])


def _uneven_days(match: re.Match[str], parsed: Crontab) -> str | None:
    values, step = _values(DAY, match), int(match["step"])
    if step == 1:
        return None
    lengths = {each for each in _lengths_of_months(readings.of(parsed.expression).months) if each >= values[0]}
    lasts = {length - max(day for day in values if day <= length) + values[0] for length in lengths}
    if not lasts:
        return None
    *gaps, last = [str(gap) for gap in sorted(lasts)]
    over = f"{', '.join(gaps)} or {last}" if gaps else last
    return f"day of month `{match[0]}` leaves gaps of {counted(step, 'day')}, and of {over} over the month's end"


def _lengths_of_months(months: Container[int]) -> set[int]:
    """Return how long the months may be after which the next one fires too."""
    followed = [month for month in range(1, 13) if month in months and month % 12 + 1 in months]
    return {length for month in followed for length in _LENGTHS.get(month, (31,))}


def _goes_round(field: Field, parsed: Crontab) -> bool:
    """Return whether the next round follows at once: a step of minutes within a single hour has no last gap."""
    matching = readings.of(parsed.expression)
    if field is MINUTE:
        hours = matching.hours
        return any((hour + 1) % 24 in hours for hour in hours)
    if field is HOUR:
        days = {day for day in matching.weekdays if isinstance(day, int)}  # 1 is Monday; the others come once a month
        return parsed.day == "*" and (parsed.day_of_week == "*" or any(day % 7 + 1 in days for day in days))
    if field is WEEKDAY:
        return parsed.day == "*"
    return field is not DAY or parsed.day_of_week == "*"


def _divisors(field: Field, match: re.Match[str], *, parsed: Crontab) -> str | None:
    step, size = int(match["step"]), _ROUNDS.get(field)
    if _is_bounded(field, match) or size is None or size % step == 0 or field is WEEKDAY:
        return None
    around = [each for each in range(1, size // 2 + 1) if size % each == 0]
    near = sorted(sorted(around, key=lambda each: abs(each - step))[:2])
    evenly = " or ".join(f"`*/{each}`" for each in near)
    every = _as_interval(field, step, parsed=parsed)
    return f"write {evenly} for even gaps" + ("" if every is None else f", or `every: {duration.text_of(every)}`")


def _as_interval(field: Field, step: int, *, parsed: Crontab) -> timedelta | None:
    """Return the interval that is meant; None where the other fields hold more than the step."""
    free = {parsed.day, parsed.month, parsed.day_of_week} == {"*"}
    if field is MINUTE and free and parsed.hour == "*":
        return timedelta(minutes=step)
    if field is HOUR and free and parsed.minute.isdigit():
        return timedelta(hours=step)
    return None
