"""The days of five weeks with the number of fires on each, on the job's own clock."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from markupsafe import Markup

from schedrun.render.counting import counted
from schedrun.web.charts.svg import element, picture

WEEKS = 5

_WIDE, _HIGH, _GAP = 46, 38, 3
_HEAD = 18
_LEVELS = 4
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = timedelta(days=1)


def first_day(today: date) -> date:
    """Return the Monday with which the calendar begins that shows `today`."""
    return today - today.weekday() * _DAY


def days(today: date) -> list[date]:
    """Return the days that the calendar shows."""
    return [first_day(today) + number * _DAY for number in range(7 * WEEKS)]


def calendar(fires: Mapping[date, int], *, today: date) -> Markup:
    """Return the chart of the fires by day from `today` on; days without any are left out of `fires`."""
    return _drawn(tuple(sorted(fires.items())), today)


@lru_cache(maxsize=500)
def _drawn(counts: tuple[tuple[date, int], ...], today: date) -> Markup:
    fires = dict(counts)
    most = max(fires.values(), default=0)
    heads = [
        element("text", name, class_="calendar-head", x=column * (_WIDE + _GAP) + 2, y=11)
        for column, name in enumerate(_WEEKDAYS)
    ]
    cells = [
        _cell(place, day, number=fires.get(day, 0), most=most, today=today) for place, day in enumerate(days(today))
    ]
    return picture(
        label(fires, today),
        *heads,
        *cells,
        class_="calendar",
        width=7 * (_WIDE + _GAP) - _GAP + 2,
        height=_HEAD + WEEKS * (_HIGH + _GAP) - _GAP + 1,
    )


def label(fires: Mapping[date, int], today: date) -> str:
    """Return what the calendar shows, in words."""
    last = days(today)[-1]
    busy = sum(number > 0 for number in fires.values())
    return f"{counted(sum(fires.values()), 'fire')} on {counted(busy, 'day')} until {last:%A}, {last.day} {last:%B}"


def _cell(place: int, day: date, *, number: int, most: int, today: date) -> Markup:
    week, column = divmod(place, 7)
    x, y = column * (_WIDE + _GAP) + 1, _HEAD + week * (_HIGH + _GAP)
    past = day < today
    level = 0 if past or not number else max(1, round(number / most * _LEVELS))
    named = f"{day.day} {day:%b}" if day.day == 1 or place == 0 else str(day.day)
    parts = [
        element("title", f"{day:%A}, {day.day} {day:%B}: {'past' if past else counted(number, 'fire')}"),
        element("rect", class_=f"day day-{level}", x=x, y=y, width=_WIDE, height=_HIGH, rx=3),
        element("text", named, class_="day-name", x=x + 5, y=y + 13),
    ]
    if number and not past:
        parts.append(element("text", _short(number), class_="day-count", x=x + _WIDE - 5, y=y + _HIGH - 6))
    if day == today:
        parts.append(element("rect", class_="day-today", x=x + 0.5, y=y + 0.5, width=_WIDE - 1, height=_HIGH - 1, rx=3))
    return element("g", *parts, class_="day-past" if past else None)


def _short(number: int) -> str:
    return f"{number:,}" if number < 10_000 else f"{number // 1000}k"
