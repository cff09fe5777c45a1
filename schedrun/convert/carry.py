"""A foreign calendar as the schedule of a manifest: the same text where it means the same, else written anew."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from schedrun.convert.entry import Note
from schedrun.convert.timetables import cron_fields
from schedrun.convert.timetables.days import ALL_DAYS, ALL_MONTHS, ALL_WEEKDAYS, Days
from schedrun.convert.timetables.wall import Wall, showings
from schedrun.core.spec.crontab import CrontabError, parse
from schedrun.core.spec.duration import text_of

_ALL_HOURS, _ALL_MINUTES = frozenset(range(24)), frozenset(range(60))
_WEEK_OF = {frozenset(range(7 * n - 6, min(7 * n, 31) + 1)): n for n in range(1, 6)}
_LAST_SEVEN = frozenset(range(1, 8))
_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Each weekday, each length of a month and each kind of year.
_SAMPLE = [date(2024, 1, 1) + timedelta(days=n) for n in range(6 * 366)]


@dataclass(frozen=True, slots=True)
class Carried:
    """The schedule that a manifest says (None: it cannot), and what is to be said about it."""

    schedule: dict[str, Any] | None
    notes: tuple[Note, ...] = ()


def calendar(wall: Wall, text: str | None = None) -> Carried:
    """Return the schedule of a calendar; `text` is its expression where the source writes crontab fields."""
    once = _once(wall)
    if once is not None:
        return Carried({"at": once})
    window, days, why = _years(wall.days)
    if why is not None:
        return Carried(None, (Note(why),))
    by_seconds = _seconds(replace(wall, days=days))
    if by_seconds is not None:
        return Carried(by_seconds.schedule and {**by_seconds.schedule, **window}, by_seconds.notes)
    notes: list[Note] = []
    if wall.seconds != {0}:
        notes.append(Note(f"seconds cannot be carried: it fires at second 0, not {_list(wall.seconds)}"))
    cron = _same_text(replace(wall, days=days), text) or _written(wall, days)
    if cron is None:
        why = "both a date and a weekday must match" if not days.workdays - {0} else "working days but the last (`LW`)"
        return Carried(None, (Note(f"a crontab cannot say this choice of days: {why}"),))
    try:
        parse(cron)
    except CrontabError as error:
        return Carried(None, (Note(f"it can never fire: {error.message}"),))
    if "*/31" in cron or "*/7," in cron:
        text = "a day field that starts with * makes a crontab ask for both; `*/31` is the 1st, `*/7` is Sunday"
        notes.append(Note(text, lost=False))
    return Carried({"cron": cron, **window}, tuple(notes))


def period(every: timedelta, *, anchor: str | None = None) -> Carried:
    """Return the schedule of elapsed time; `anchor` is an RFC 3339 instant where the source knows one."""
    if every < timedelta(milliseconds=1):
        return Carried(None, (Note("a period must be longer than nothing"),))
    whole = every - every % timedelta(milliseconds=1)
    notes = () if whole == every else (Note(f"cut to whole milliseconds, from {every.total_seconds()} s"),)
    schedule: dict[str, Any] = {"every": text_of(whole)}
    if anchor is not None:
        return Carried({**schedule, "anchor": anchor}, notes)
    start = Note(
        "it counted from its own start; here the grid goes through the Unix epoch (`anchor` moves it)", lost=False
    )
    return Carried(schedule, (*notes, start))


def _once(wall: Wall) -> str | None:
    """Return the local time of a calendar that has a single one, and a clock that shows it."""
    days = wall.days
    sets = (days.years or frozenset(), days.months, days.days, wall.hours, wall.minutes, wall.seconds)
    if any(len(values) != 1 for values in sets) or not days.any_weekday or days.from_end or days.workdays:
        return None
    numbers = [next(iter(values)) for values in sets]
    try:
        reading = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001  six numbers; the zone is said beside it
    except ValueError:
        return None
    return reading.isoformat() if showings(wall.zone, reading) else None


def _years(days: Days) -> tuple[dict[str, Any], Days, str | None]:
    if days.years is None:
        return {}, days, None
    years = sorted(days.years)
    if not years or years != list(range(years[0], years[-1] + 1)):
        return {}, days, "years with gaps between them cannot be said: `start` and `end` are one window"
    window = {"start": f"{years[0]}-01-01T00:00:00", "end": f"{years[-1] + 1}-01-01T00:00:00"}
    if years[-1] >= 2099:
        del window["end"]
    if years[0] <= 1970:
        del window["start"]
    return window, replace(days, years=None), None


def _seconds(wall: Wall) -> Carried | None:
    """Return the period of a calendar that fires within each minute of all time; None for any other."""
    always = (wall.days == replace(wall.days, days=ALL_DAYS, months=ALL_MONTHS, weekdays=ALL_WEEKDAYS)
              and wall.hours == _ALL_HOURS and wall.minutes == _ALL_MINUTES)  # fmt: skip
    seconds = sorted(wall.seconds)
    if not always or seconds == [0]:
        return None
    step = 60 // len(seconds)
    if 60 % len(seconds) or seconds != list(range(seconds[0], 60, step)):
        return None
    schedule = {"every": text_of(timedelta(seconds=step))}
    if seconds[0]:
        schedule["anchor"] = f"2020-01-01T00:00:{seconds[0]:02}Z"
    return Carried(schedule)


def _same_text(wall: Wall, text: str | None) -> str | None:
    """Return the source's own expression when a crontab reads it alike."""
    if text is None:
        return None
    try:
        parse(text)
        read = cron_fields.read(text, wall.zone, dialect=cron_fields.OURS)
    except (CrontabError, cron_fields.DialectError):
        return None
    same_times = (read.hours, read.minutes) == (wall.hours, wall.minutes)
    return text if same_times and all(read.days.hold(day) == wall.days.hold(day) for day in _SAMPLE) else None


def _written(wall: Wall, days: Days) -> str | None:
    fields = _day_fields(days)
    if fields is None:
        return None
    day, weekday = fields
    minute, hour = field_text(wall.minutes, low=0, high=59), field_text(wall.hours, low=0, high=23)
    return f"{minute} {hour} {day} {field_text(days.months, low=1, high=12)} {weekday}"


def _day_fields(days: Days) -> tuple[str, str] | None:
    """Return the texts for day of month and day of week; None when no pair of texts says it."""
    if days.workdays - {0}:
        return None
    month_items = _items(days.days)
    month_items += ["L"] if days.from_end == {1} else []
    month_items += ["LW"] if days.workdays else []
    week_items = [
        *_weekday_items(days.weekdays),
        *(f"{_NAMES[day]}#{n}" for day, n in sorted(days.nth)),
        *(f"{day}L" for day in sorted(days.last_weekdays)),
    ]
    free_day, free_week = days.any_day, days.any_weekday
    if free_week and days.from_end <= {1}:
        return ("*", "*") if free_day or days.either else (_joined(month_items), "*")
    if free_day:
        return ("*", "*") if days.either else ("*", _joined(week_items))
    if days.from_end <= {1} and days.either:
        return _joined(month_items), _joined(week_items)
    return None if days.either else _both(days)


def _both(days: Days) -> tuple[str, str] | None:
    """Return texts for dates that must match both fields."""
    if days.nth or days.last_weekdays or days.workdays:
        return None
    if days.from_end:
        only = days.from_end == _LAST_SEVEN and not days.days
        return ("*", ",".join(f"{day}L" for day in sorted(days.weekdays))) if only else None
    weeks = [n for week, n in _WEEK_OF.items() if week <= days.days]
    if days.days == frozenset().union(*(week for week, n in _WEEK_OF.items() if n in weeks)):
        return "*", ",".join(f"{_NAMES[day]}#{n}" for n in weeks for day in sorted(days.weekdays))
    # A field that starts with * makes a crontab ask for both; `*/31` is the 1st alone, `*/7` is Sunday.
    if 1 in days.days:
        return ",".join(["*/31", *_items(days.days - {1})]), _joined(_weekday_items(days.weekdays))
    if 0 in days.weekdays:
        return _joined(_items(days.days)), ",".join(["*/7", *_weekday_items(days.weekdays - {0})])
    return None


def _weekday_items(weekdays: frozenset[int]) -> list[str]:
    return [_named(item) for item in _items(weekdays)]


def _named(item: str) -> str:
    return "-".join(_NAMES[int(number)] for number in item.split("-"))


def _joined(items: Iterable[str]) -> str:
    return ",".join(items)


def field_text(values: frozenset[int], *, low: int, high: int) -> str:
    """Return the text of a set of numbers: `*`, `*/n` or a list."""
    ordered = sorted(values)
    if len(ordered) == high - low + 1:
        return "*"
    if len(ordered) > 2 and ordered[0] == low:
        step = ordered[1] - low
        if ordered == list(range(low, high + 1, step)):
            return f"*/{step}"
    return _joined(_items(values))


def _items(values: frozenset[int]) -> list[str]:
    items: list[str] = []
    ordered = sorted(values)
    while ordered:
        end = 1
        while end < len(ordered) and ordered[end] == ordered[0] + end:
            end += 1
        if end > 2:
            items.append(f"{ordered[0]}-{ordered[end - 1]}")
        else:
            items.extend(map(str, ordered[:end]))
        ordered = ordered[end:]
    return items


def _list(values: Iterable[int]) -> str:
    return _joined(map(str, sorted(values)))
