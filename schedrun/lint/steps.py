"""SR204 and SR205: steps that do not divide what they step through."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from schedrun.core.schedule import readings
from schedrun.core.schedule.words import counted, listed
from schedrun.core.spec import duration
from schedrun.core.spec.crontab import Crontab
from schedrun.core.spec.crontab_field import DAY, HOUR, MINUTE, MONTH, WEEKDAY, Field
from schedrun.lint.found import Found

_STEP = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?/(?P<step>\d+)")
_UNITS = {MINUTE: "minute", HOUR: "hour", DAY: "day", MONTH: "month", WEEKDAY: "day"}
_ROUNDS = {MINUTE: 60, HOUR: 24, MONTH: 12, WEEKDAY: 7}
_TURNS = {MINUTE: "the full hour", HOUR: "midnight", MONTH: "the year's end", WEEKDAY: "the week's end"}
_LENGTHS_OF_MONTHS = (28, 29, 30, 31)


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
    beyond = [_beyond(field, match) for field, match in stepped if len(_values(field, match)) == 1]
    if any(beyond):
        message = "; ".join(text for text in beyond if text)
        yield Found("SR205", message, "write the value itself, or a step within the range", ("schedule", "cron"))
    uneven = [_uneven(field, match, parsed) for field, match in stepped if len(_values(field, match)) > 1]
    if any(uneven):
        hints = [hint for field, match in stepped if (hint := _divisors(field, match))]
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
    return sorted({value % 7 for value in values}) if field is WEEKDAY else list(values)


def _beyond(field: Field, match: re.Match[str]) -> str | None:
    if match["last"] is not None and match["first"] == match["last"]:
        return None
    (only,) = _values(field, match)
    return f"the step of {field.name} `{match[0]}` leads beyond {field.high}: it means {only} alone"


def _uneven(field: Field, match: re.Match[str], parsed: Crontab) -> str | None:
    """Return the gaps that a step leaves, None when they are even or it means no round."""
    if match["last"] is not None or not _goes_round(field, parsed):
        return None
    if field is DAY:
        return _uneven_days(match)
    values = _values(field, match)
    between = values[1] - values[0]
    last = _ROUNDS[field] - values[-1] + values[0]
    inner = {after - before for before, after in pairwise(values)} - {between}
    if last == between and not inner:
        return None
    gap, across = counted(between, _UNITS[field]), counted(last, _UNITS[field])
    return f"{field.name} `{match[0]}` leaves gaps of {gap}, and of {across} over {_TURNS[field]}"


def _uneven_days(match: re.Match[str]) -> str | None:
    values, step = _values(DAY, match), int(match["step"])
    if step == 1:
        return None
    lasts = {length - max(day for day in values if day <= length) + values[0] for length in _LENGTHS_OF_MONTHS}
    gaps = [str(gap) for gap in sorted(lasts)]
    over = f"{listed(gaps[:-1])} or {gaps[-1]}" if len(gaps) > 1 else gaps[0]
    return f"day of month `{match[0]}` leaves gaps of {counted(step, 'day')}, and of {over} over the month's end"


def _goes_round(field: Field, parsed: Crontab) -> bool:
    """Return whether the next round follows at once: a step of minutes within a single hour has no last gap."""
    matching = readings.of(parsed.expression)
    if field is MINUTE:
        hours = matching.hours
        return any((hour + 1) % 24 in hours for hour in hours)
    if field is HOUR:
        return parsed.day == "*" and (len(matching.weekdays) > 1 or parsed.day_of_week == "*")
    return field is not DAY or parsed.day_of_week == "*"


def _divisors(field: Field, match: re.Match[str]) -> str | None:
    step, size = int(match["step"]), _ROUNDS.get(field)
    if match["last"] is not None or size is None or size % step == 0 or field is WEEKDAY:
        return None
    around = [each for each in range(1, size // 2 + 1) if size % each == 0]
    near = sorted(sorted(around, key=lambda each: abs(each - step))[:2])
    evenly = " or ".join(f"`*/{each}`" for each in near)
    if field is MINUTE:
        return f"write {evenly} for even gaps, or `every: {duration.text_of(timedelta(minutes=step))}`"
    if field is HOUR:
        return f"write {evenly} for even gaps, or `every: {duration.text_of(timedelta(hours=step))}`"
    return f"write {evenly} for even gaps"
