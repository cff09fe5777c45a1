"""Calendar expressions of systemd, read in full. Source: `systemd.time(7)`."""

import re
from zoneinfo import ZoneInfo

from schedrun.convert.timetables.days import ALL_DAYS, ALL_WEEKDAYS, Days
from schedrun.convert.timetables.wall import Clock, Wall
from schedrun.core.spec.zone import ZoneError, zone_of

_SHORTHANDS = {
    "minutely": "*-*-* *:*:00",
    "hourly": "*-*-* *:00:00",
    "daily": "*-*-* 00:00:00",
    "monthly": "*-*-01 00:00:00",
    "weekly": "Mon *-*-* 00:00:00",
    "yearly": "*-01-01 00:00:00",
    "annually": "*-01-01 00:00:00",
    "quarterly": "*-01,04,07,10-01 00:00:00",
    "semiannually": "*-01,07-01 00:00:00",
    "semi-annually": "*-01,07-01 00:00:00",
    "biannually": "*-01,07-01 00:00:00",
    "bi-annually": "*-01,07-01 00:00:00",
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("mon monday", "tue tuesday", "wed wednesday", "thu thursday", "fri friday", "sat saturday", "sun sunday"), 1
    )
    for name in names.split()
}
_ITEM = re.compile(
    r"(?:(?P<any>\*)|(?P<a>\d{1,6}(?:\.\d+)?)(?:\.\.(?P<b>\d{1,6}(?:\.\d+)?))?)(?:/(?P<step>\d{1,6}(?:\.\d+)?))?"
)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


class CalendarError(ValueError):
    """systemd itself would refuse this expression, or it means something that is not read here."""


def zone_in(text: str) -> str | None:
    """Return the zone that an expression says at its end, None when it says none."""
    last = text.rsplit(maxsplit=1)[-1] if text.split() else ""
    if last.upper() == "UTC":
        return "UTC"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+/-]*", last) or last.lower() in {*_SHORTHANDS, *_WEEKDAYS}:
        return None
    try:
        zone_of(last)
    except ZoneError:
        return None
    return last


def read(text: str, zone: ZoneInfo) -> Wall:
    """Return when systemd elapses for an expression; a zone at its end is left out. Raises CalendarError."""
    words = text.split()
    if words and zone_in(text) is not None:
        words = words[:-1]
    if len(words) == 1 and words[0].lower() in _SHORTHANDS:
        words = _SHORTHANDS[words[0].lower()].split()
    weekdays = ALL_WEEKDAYS
    if words and words[0][0].isalpha():
        weekdays = _weekdays(words.pop(0))
    date, time = _date_and_time(words, text)
    years, months, days, from_end = _date(date)
    hours, minutes, seconds = _time(time)
    rule = Days(days, months, weekdays, from_end=from_end, years=years)
    return Wall(rule, hours, minutes, zone, Clock.FIRST_SHOWING, seconds=seconds)


def _date_and_time(words: list[str], text: str) -> tuple[str, str]:
    if not text.split() or [zone_in(text)] == text.split():
        raise CalendarError(f"systemd cannot read {text!r}: it says no time")
    if len(words) > 2:
        raise CalendarError(f"systemd cannot read {text!r}: it is weekdays, a date, a time and a zone")
    date, time = "*-*-*", "00:00:00"
    for word in words:
        if ":" in word:
            time = word
        else:
            date = word
    if len(words) == 2 and ":" in words[0]:
        raise CalendarError(f"systemd cannot read {text!r}: the date stands before the time")
    return date, time


def _weekdays(text: str) -> frozenset[int]:
    found: set[int] = set()
    for item in text.lower().rstrip(",").split(","):
        first, dots, last = item.partition("..")
        if not dots:
            first, dots, last = item.partition("-")
        ends = [_WEEKDAYS.get(name) for name in (first, last if dots else first)]
        if ends[0] is None or ends[1] is None or ends[0] > ends[1]:
            raise CalendarError(f"systemd knows no weekdays {item!r}")
        found.update(day % 7 for day in range(ends[0], ends[1] + 1))
    return frozenset(found)


def _date(text: str) -> tuple[frozenset[int] | None, frozenset[int], frozenset[int], frozenset[int]]:
    match = re.fullmatch(r"(?:(?:(?P<year>[^-~]+)-)?(?P<month>[^-~]+))?(?P<kind>[-~])(?P<day>[^-~]+)", text)
    if match is None or (match["month"] is None and match["kind"] == "-"):
        raise CalendarError(f"systemd knows no date {text!r}")
    year = match["year"] or "*"
    years = None if year == "*" else _ints(year, low=_FIRST_YEAR, high=_LAST_YEAR)
    months = _ints(match["month"] or "*", low=1, high=12)
    if match["kind"] == "-":
        return years, months, _ints(match["day"], low=1, high=31), frozenset()
    return years, months, frozenset(), _from_end(match["day"])


def _from_end(text: str) -> frozenset[int]:
    """Return the days counted from the last, which is 1; a step without a range goes towards the end of the month."""
    found: set[int] = set()
    for item in text.split(","):
        match = _ITEM.fullmatch(item)
        if match is not None and match["any"] and not match["step"]:
            return ALL_DAYS
        if match is None or match["any"] or "." in f"{match['a']}{match['step'] or ''}":
            raise CalendarError(f"systemd knows no days {item!r} from the end of a month")
        first = int(match["a"])
        last = int(match["b"]) if match["b"] else (1 if match["step"] else first)
        if match["b"] and first > last:
            raise CalendarError(f"systemd refuses the range {item!r}, which ends before it begins")
        step = int(match["step"] or 1)
        if step == 0 or (match["step"] and not match["b"] and first - step < 1):
            raise CalendarError(f"systemd refuses {item!r}: its step leads nowhere")
        found.update(range(first, last + 1, step) if match["b"] else range(first, last - 1, -step))
    if not found <= ALL_DAYS:
        raise CalendarError(f"{text!r} is beyond the days of a month")
    return frozenset(found)


def _time(text: str) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    parts = text.split(":")
    if not 2 <= len(parts) <= 3:
        raise CalendarError(f"systemd knows no time {text!r}")
    second = parts[2] if len(parts) == 3 else "00"
    return _ints(parts[0], low=0, high=23), _ints(parts[1], low=0, high=59), _ints(second, low=0, high=59)


def _ints(text: str, *, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for item in text.split(","):
        match = _ITEM.fullmatch(item)
        if match is None:
            raise CalendarError(f"systemd cannot read {item!r}")
        if match["any"] and match["step"]:
            raise CalendarError(
                f"systemd refuses {item!r}: it begins a step with a number, such as {low}/{match['step']}"
            )
        if "." in f"{match['a'] or ''}{match['b'] or ''}{match['step'] or ''}":
            raise CalendarError(f"parts of a second ({item}) are not carried")
        first = low if match["any"] else int(match["a"])
        last = high if match["any"] or (match["step"] and not match["b"]) else int(match["b"] or match["a"])
        step = int(match["step"] or 1)
        if first < 100 and high == _LAST_YEAR and not match["any"]:
            first, last = (year + (2000 if year < 70 else 1900) if year < 100 else year for year in (first, last))
        if step == 0 or not low <= first <= last <= high:
            raise CalendarError(f"{item!r} is not between {low} and {high}")
        if match["step"] and not match["b"] and first + step > high:
            raise CalendarError(f"systemd refuses {item!r}: its step leads nowhere")
        found.update(range(first, last + 1, step))
    return frozenset(found)
