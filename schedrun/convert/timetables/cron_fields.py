"""The dialects of crontab expressions, each read into sets of numbers.

Sources: Debian's `crontab(5)` and `entry.c`; robfig/cron v3 `parser.go` (Kubernetes, Ofelia); aptible/supercronic
`cronexpr`; the `crontab` package on PyPI, which yacron uses.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from schedrun.convert.timetables.days import Days
from schedrun.convert.timetables.wall import Clock, Wall

_MONTHS = {
    name: n
    for n, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_WEEKDAYS = {name: n for n, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_ITEM = re.compile(r"(?:(?P<any>\*|\?)|(?P<a>[0-9]+|[a-z]+)(?:-(?P<b>[0-9]+|[a-z]+))?)(?:/(?P<step>[0-9]+))?")
_NTH = re.compile(r"(?P<day>[0-9a-z]+)#(?P<n>[1-5])")


class DialectError(ValueError):
    """The tool itself would refuse this expression: `field` counts from 0."""

    def __init__(self, message: str, *, field: int = 0) -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a tool reads an expression.

    `either` says of the texts of both day fields whether one of them is enough. `extras` lists what goes beyond
    numbers: `L` the last day, `LW` and `W` working days, `#` the nth weekday, `5l` or `l5` the last Friday.
    """

    name: str
    clock: Clock
    sunday_is_7: bool
    either: Callable[[str, str], bool]
    counts: tuple[int, ...] = (5,)
    seconds_first_at: int = 7
    question_mark: bool = False
    extras: str = ""
    nicknames: frozenset[str] = field(default_factory=lambda: frozenset(NICKNAMES))


def _never(_day: str, _weekday: str) -> bool:
    return False


def _vixie_either(day: str, weekday: str) -> bool:
    return not (day.startswith("*") or weekday.startswith("*"))


def _robfig_either(day: str, weekday: str) -> bool:
    # The star of `*/2` is forgotten there, so it restricts like any number.
    def starred(text: str) -> bool:
        return any(re.fullmatch(r"[*?](/0*1)?", item) for item in text.split(","))

    return not (starred(day) or starred(weekday))


VIXIE = Dialect("Debian's cron", Clock.DEBIAN, sunday_is_7=True, either=_vixie_either)
KUBERNETES = Dialect("Kubernetes", Clock.FOLLOWS, sunday_is_7=False, either=_robfig_either, question_mark=True)
OFELIA = Dialect(
    "Ofelia", Clock.FOLLOWS, sunday_is_7=False, either=_robfig_either, question_mark=True, counts=(5, 6),
    seconds_first_at=6,
)  # fmt: skip
YACRON = Dialect(
    "yacron", Clock.FOLLOWS, sunday_is_7=True, either=_never, counts=(5, 6, 7), question_mark=True, extras="L l5"
)
SUPERCRONIC = Dialect(
    "supercronic", Clock.GO, sunday_is_7=True, either=_never, counts=(5, 6, 7), question_mark=True, extras="L LW W # 5l"
)

OURS = Dialect("schedrun", Clock.DEBIAN, sunday_is_7=True, either=_vixie_either, extras="L LW # 5l")
"""Expressions of manifests, for the writers: they were read and found good before."""


def read(text: str, zone: ZoneInfo, dialect: Dialect) -> Wall:
    """Return when `dialect` fires for `text`. Raises DialectError with the reason and the field it is about."""
    words = NICKNAMES[text].split() if text in dialect.nicknames else text.lower().split()
    if len(words) not in dialect.counts:
        wanted = " or ".join(map(str, dialect.counts))
        raise DialectError(f"{dialect.name} reads {wanted} fields, and here are {len(words)}")
    second, rest = ("0", words)
    if len(words) >= dialect.seconds_first_at:
        second, rest = words[0], words[1:]
    shift = len(words) - len(rest)
    minute, hour, day, month, weekday, *year = rest
    seconds = _values(second, 0, 59, {}, dialect, 0)
    if dialect is YACRON:
        # It looks once a minute, as if at second 0.
        if 0 not in seconds:
            raise DialectError("yacron looks at second 0 alone, so this never fires")
        seconds = frozenset({0})
    return Wall(
        days=_days(day, month, weekday, year[0] if year else "*", dialect, shift),
        hours=_values(hour, 0, 23, {}, dialect, shift + 1),
        minutes=_values(minute, 0, 59, {}, dialect, shift),
        seconds=seconds,
        zone=zone,
        clock=dialect.clock,
        wildcard=minute.startswith("*") or hour.startswith("*"),
    )


def _days(day: str, month: str, weekday: str, year: str, dialect: Dialect, shift: int) -> Days:
    months = _values(month, 1, 12, _MONTHS, dialect, shift + 3)
    years = None if year in {"*", "?"} else _values(year, 1970, 2099, {}, dialect, shift + 5)
    plain_days, from_end, workdays = _month_days(day, dialect, shift + 2)
    weekdays, nth, last = _week_days(weekday, dialect, shift + 4)
    return Days(
        plain_days, months, weekdays, either=dialect.either(day, weekday), from_end=from_end, workdays=workdays,
        nth=nth, last_weekdays=last, years=years,
    )  # fmt: skip


def _month_days(text: str, dialect: Dialect, place: int) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    plain: set[int] = set()
    from_end, workdays, extras = set(), set(), dialect.extras.split()
    for item in text.split(","):
        if "L" in extras and item == "l":
            from_end.add(1)
        elif "LW" in extras and item == "lw":
            workdays.add(0)
        elif "W" in extras and re.fullmatch(r"[0-9]{1,2}w", item):
            workdays.add(int(item[:-1]))
        else:
            plain |= _values(item, 1, 31, {}, dialect, place)
    return frozenset(plain), frozenset(from_end), frozenset(workdays)


def _week_days(
    text: str, dialect: Dialect, place: int
) -> tuple[frozenset[int], frozenset[tuple[int, int]], frozenset[int]]:
    plain: set[int] = set()
    nth, last, extras = set(), set(), dialect.extras.split()
    top = 7 if dialect.sunday_is_7 else 6
    for item in text.split(","):
        number = _NTH.fullmatch(item)
        if "#" in extras and number is not None:
            nth.add((_number(number["day"], 0, top, _WEEKDAYS, dialect, place) % 7, int(number["n"])))
        elif "5l" in extras and len(item) > 1 and item.endswith("l"):
            last.add(_number(item[:-1], 0, top, _WEEKDAYS, dialect, place) % 7)
        elif "l5" in extras and re.fullmatch(r"l[0-7]", item):
            last.add(int(item[1:]) % 7)
        else:
            plain |= {value % 7 for value in _values(item, 0, top, _WEEKDAYS, dialect, place)}
    return frozenset(plain), frozenset(nth), frozenset(last)


def _values(text: str, low: int, high: int, names: dict[str, int], dialect: Dialect, place: int) -> frozenset[int]:
    found: set[int] = set()
    for item in text.split(","):
        match = _ITEM.fullmatch(item)
        if match is None or (match["any"] == "?" and not dialect.question_mark):
            raise DialectError(f"{dialect.name} cannot read {item!r}", field=place)
        step = int(match["step"] or 1)
        if step == 0:
            raise DialectError(f"{dialect.name} refuses a step of 0", field=place)
        if match["any"]:
            first, last = low, high
        else:
            first = _number(match["a"], low, high, names, dialect, place)
            # A step that has no end stops at Saturday there: their 7 is but another name of 0.
            open_end = 6 if high == 7 and dialect in {YACRON, SUPERCRONIC} else high
            last = first if match["step"] is None else max(first, open_end)
            if match["b"] is not None:
                last = _number(match["b"], low, high, names, dialect, place)
                # `fri-sun` and `5-0` end with the Sunday that is 7.
                last = 7 if dialect is YACRON and last == 0 and high == 7 else last
            if last < first:
                raise DialectError(f"{dialect.name} refuses the range {item!r}, which ends before it begins",
                                   field=place)  # fmt: skip
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(word: str, low: int, high: int, names: dict[str, int], dialect: Dialect, place: int) -> int:
    # cronexpr knows whole names too.
    known = names.get(word[:3] if dialect is SUPERCRONIC else word)
    value = int(word) if word.isdecimal() and len(word) < 9 else -1 if known is None else known
    if not low <= value <= high:
        raise DialectError(f"{dialect.name} knows no value {word!r} between {low} and {high} here", field=place)
    return value
