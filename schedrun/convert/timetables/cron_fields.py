"""The dialects of crontab expressions, each read into sets of numbers.

Sources: Debian's `crontab(5)` and `entry.c`, and what its cron 3.0pl1 (-162, -197) and cronie 1.7.2 fired; robfig/cron
v3 `parser.go` (Kubernetes, Ofelia); aptible/supercronic `cronexpr`, since 2023, when months learnt zeros in front, both
held against what those libraries answer; the `crontab` package on PyPI, which yacron uses.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schedrun.convert.timetables.days import Days
from schedrun.convert.timetables.wall import Clock, Wall

_MONTHS = {
    name: n
    for n, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_WEEKDAYS = {name: n for n, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
_WHOLE_NAMES = frozenset({
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
})  # fmt: skip
"""What cronexpr knows beside three letters."""
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
_BEGINNING = re.compile(
    r"\*(?!/)|(?:\*|[0-9a-z]+-[0-9a-z]+)/[0-9]+(?![0-9a-z])|[0-9a-z]+-[0-9a-z]+(?![0-9a-z/])|[0-9a-z]+(?![0-9a-z/-])"
)
"""What Debian's cron takes for an item, whatever stands behind it."""
_OF_CRONEXPR = re.compile(r"[0-9]{1,2}|(?:19[789]|20[0-9])[0-9]")
"""Numbers of cronexpr, which takes no zeros in front beyond the second digit."""
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
    `open_steps` says whether `5/10` is read as from 5 to the end.
    """

    name: str
    clock: Clock
    sunday_is_7: bool
    either: Callable[[str, str], bool]
    counts: tuple[int, ...] = (5,)
    seconds_first_at: int = 7
    question_mark: bool = False
    open_steps: bool = True
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


def _cronexpr_either(day: str, weekday: str) -> bool:
    return not any(item in {"*", "?"} for text in (day, weekday) for item in text.split(","))


VIXIE = Dialect("Debian's cron", Clock.DEBIAN, sunday_is_7=True, either=_vixie_either, open_steps=False)
CRONIE_TZ = replace(VIXIE, name="cronie", clock=Clock.CRONIE)
"""Lines below a CRON_TZ, which Debian's cron ignores."""
KUBERNETES = Dialect("Kubernetes", Clock.FOLLOWS, sunday_is_7=False, either=_robfig_either, question_mark=True)
OFELIA = Dialect(
    "Ofelia", Clock.FOLLOWS, sunday_is_7=False, either=_robfig_either, question_mark=True, counts=(5, 6),
    seconds_first_at=6,
)  # fmt: skip
_ALL_BUT_MIDNIGHT = frozenset(NICKNAMES) - {"@midnight"}
YACRON = Dialect(
    "yacron", Clock.FOLLOWS, sunday_is_7=True, either=_never, counts=(5, 6, 7), question_mark=True, extras="L l5",
    nicknames=_ALL_BUT_MIDNIGHT,
)  # fmt: skip
SUPERCRONIC = Dialect(
    "supercronic", Clock.GO, sunday_is_7=True, either=_cronexpr_either, counts=(5, 6, 7), question_mark=True,
    extras="L LW W # 5l", nicknames=_ALL_BUT_MIDNIGHT,
)  # fmt: skip

OURS = Dialect("schedrun", Clock.DEBIAN, sunday_is_7=True, either=_vixie_either, extras="L LW # 5l")
"""Expressions of manifests, for the writers: they were read and found good before."""


class _Domain(NamedTuple):
    """What a field may hold: the numbers from `low` to `high`, both included, and names for some of them."""

    low: int
    high: int
    names: Mapping[str, int] = MappingProxyType({})


_SECONDS = _MINUTES = _Domain(0, 59)
_HOURS = _Domain(0, 23)
_DAYS_OF_MONTH = _Domain(1, 31)
_MONTHS_OF_YEAR = _Domain(1, 12, _MONTHS)
_DAYS_OF_WEEK, _DAYS_OF_WEEK_WITH_7 = _Domain(0, 6, _WEEKDAYS), _Domain(0, 7, _WEEKDAYS)
_YEARS = _Domain(1970, 2099)


class _Field(NamedTuple):
    """A field of an expression: its text in small letters, what it may hold, who reads it, and its place (from 0)."""

    text: str
    domain: _Domain
    dialect: Dialect
    place: int

    @property
    def items(self) -> list[str]:
        """What stands between its commas."""
        items = self.text.split(",")
        # Libraries of Go read a list by what stands there, so a comma too many says nothing.
        stand = [item for item in items if item] if self.dialect in {KUBERNETES, OFELIA, SUPERCRONIC} else items
        return stand or items

    def refusal(self, why: str) -> DialectError:
        """Return the error of a tool that reads this field."""
        return DialectError(f"{self.dialect.name} {why}", field=self.place)


def read(text: str, zone: ZoneInfo, *, dialect: Dialect) -> Wall:
    """Return when `dialect` fires for `text`. Raises DialectError with the reason and the field it is about."""
    words = NICKNAMES[text].split() if text in dialect.nicknames else text.lower().split()
    if text.startswith("@") and text not in dialect.nicknames:
        remedy = f": write {NICKNAMES[text]}" if text in NICKNAMES else ""
        raise DialectError(f"{dialect.name} knows no {text!r}{remedy}")
    if len(words) not in dialect.counts:
        wanted = " or ".join(map(str, dialect.counts))
        raise DialectError(f"{dialect.name} reads {wanted} fields, and here are {len(words)}")
    second, minute, hour, day, month, weekday, year = _fields(words, dialect)
    seconds = _values(second)
    if dialect is YACRON:
        # It looks once a minute, as if at second 0.
        if 0 not in seconds:
            raise DialectError("yacron looks at second 0 alone, so this never fires")
        seconds = frozenset({0})
    months = _values(month)
    years = None if year.text in {"*", "?"} else _values(year)
    days, from_end, workdays = _month_days(day)
    weekdays, nth, last_weekdays = _week_days(weekday)
    rule = Days(
        days, months, weekdays, either=dialect.either(day.text, weekday.text), from_end=from_end, workdays=workdays,
        nth=nth, last_weekdays=last_weekdays, years=years,
    )  # fmt: skip
    return Wall(
        days=rule,
        hours=_values(hour),
        minutes=_values(minute),
        seconds=seconds,
        zone=zone,
        clock=dialect.clock,
        wildcard=minute.text.startswith("*") or hour.text.startswith("*"),
    )


def _fields(words: list[str], dialect: Dialect) -> Iterator[_Field]:
    """Yield seven fields from seconds to years: those that the words leave out say second 0 and every year."""
    left_out = 0 if len(words) >= dialect.seconds_first_at else 1
    texts = [*["0"] * left_out, *words]
    texts += ["*"] * (7 - len(texts))
    week = _DAYS_OF_WEEK_WITH_7 if dialect.sunday_is_7 else _DAYS_OF_WEEK
    domains = (_SECONDS, _MINUTES, _HOURS, _DAYS_OF_MONTH, _MONTHS_OF_YEAR, week, _YEARS)
    for place, (text, domain) in enumerate(zip(texts, domains, strict=True), -left_out):
        yield _Field(text, domain, dialect, place)


def _month_days(field: _Field) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """Return days of the month, days counted from its end, and days whose nearest working day is meant."""
    plain: set[int] = set()
    from_end, workdays, extras = set(), set(), field.dialect.extras.split()
    for item in field.items:
        if "L" in extras and item == "l":
            from_end.add(1)
        elif "LW" in extras and item == "lw":
            workdays.add(0)
        elif "W" in extras and re.fullmatch(r"[0-9]{1,2}w", item):
            workdays.add(_number(item[:-1], field))
        else:
            plain.update(_span(item, field))
    return frozenset(plain), frozenset(from_end), frozenset(workdays)


def _week_days(field: _Field) -> tuple[frozenset[int], frozenset[tuple[int, int]], frozenset[int]]:
    """Return days of the week, pairs of one and its number in the month, and those meant as the last of a month."""
    plain: set[int] = set()
    nth, last, extras = set(), set(), field.dialect.extras.split()
    for item in field.items:
        number = _NTH.fullmatch(item)
        if "#" in extras and number is not None:
            nth.add((_number(number["day"], field) % 7, int(number["n"])))
        elif "5l" in extras and len(item) > 1 and item.endswith("l"):
            last.add(_number(item[:-1], field) % 7)
        elif "l5" in extras and re.fullmatch(r"l[0-7]", item):
            last.add(int(item[1:]) % 7)
        else:
            plain.update(value % 7 for value in _span(item, field))
    return frozenset(plain), frozenset(nth), frozenset(last)


def _values(field: _Field) -> frozenset[int]:
    return frozenset(value for item in field.items for value in _span(item, field))


def _span(item: str, field: _Field) -> range:
    """Return the numbers of one item: `*`, a number or name, or a range of them, each with a step."""
    match = _ITEM.fullmatch(item)
    if match is None or (match["any"] == "?" and not _takes_question_mark(field)):
        raise field.refusal(_unread(item, field))
    step = int(match["step"] or 1)
    if match["step"] and field.dialect is SUPERCRONIC and len(match["step"]) > 2:
        raise field.refusal(f"knows no step {match['step']!r}")
    if step == 0:
        raise field.refusal("refuses a step of 0")
    first, last = (field.domain.low, field.domain.high) if match["any"] else _ends(match, field)
    if match["step"] and _is_too_long(step, field, first=first):
        raise field.refusal(f"refuses the step of {item!r}, which leads beyond what the field holds")
    if last < first:
        verb = "never fires for" if field.dialect in {VIXIE, CRONIE_TZ} else "refuses"
        raise field.refusal(f"{verb} the range {item!r}, which ends before it begins")
    return range(first, last + 1, step)


def _takes_question_mark(field: _Field) -> bool:
    of_days = field.domain is _DAYS_OF_MONTH or field.domain is _DAYS_OF_WEEK_WITH_7
    return field.dialect.question_mark and (of_days or field.dialect is not YACRON)


def _is_too_long(step: int, field: _Field, *, first: int) -> bool:
    """Return whether a tool refuses a step for its length; `first` is where it starts."""
    if field.dialect is YACRON:
        return first + step > field.domain.high
    longest = 6 if field.domain is _DAYS_OF_WEEK_WITH_7 else field.domain.high
    return field.dialect is SUPERCRONIC and step > longest


def _unread(item: str, field: _Field) -> str:
    """Return what a tool makes of an item that is none: Debian's cron reads its beginning where that is one."""
    match = _BEGINNING.match(item) if field.dialect is VIXIE else None
    if match is None or match.end() == len(item):
        return f"cannot read {item!r}"
    _span(match[0], field)
    return f"reads {match[0]!r} of {item!r} and drops the rest"


def _ends(match: re.Match[str], field: _Field) -> tuple[int, int]:
    first = _number(match["a"], field)
    seven_is_sunday = field.domain is _DAYS_OF_WEEK_WITH_7
    if match["b"] is not None:
        last = _number(match["b"], field)
        # `fri-sun` and `5-0` end with the Sunday that is 7.
        return first, 7 if field.dialect is YACRON and last == 0 and seven_is_sunday else last
    if match["step"] is None:
        return first, first
    if not field.dialect.open_steps:
        end = field.domain.high
        raise field.refusal(f"refuses {match[0]!r}: write {first}-{end}/{match['step']} for all up to {end}")
    # A step that has no end stops at Saturday there: their 7 is but another name of 0.
    stops_at_saturday = seven_is_sunday and field.dialect in {YACRON, SUPERCRONIC}
    return first, max(first, 6 if stops_at_saturday else field.domain.high)


def _number(word: str, field: _Field) -> int:
    low, high, names = field.domain
    value = names.get(word, -1)
    if field.dialect is SUPERCRONIC:
        value = _of_cronexpr(word, field)
    elif word.isdecimal():
        # All others read any zeros in front.
        digits = word.lstrip("0") or "0"
        value = int(digits) if len(digits) < 9 else -1
    if not low <= value <= high:
        raise field.refusal(f"knows no value {word!r} between {low} and {high} here")
    return value


def _of_cronexpr(word: str, field: _Field) -> int:
    """Return the number of a word; -1 when it is none."""
    if _OF_CRONEXPR.fullmatch(word) and field.domain is _DAYS_OF_WEEK_WITH_7:
        # It looks up single digits, and takes what else its pattern fits for 0: `05` is Sunday.
        return int(word) % 7 if len(word) == 1 and word < "8" else 0 if "00" <= word <= "07" else -1
    if _OF_CRONEXPR.fullmatch(word):
        return int(word)
    return field.domain.names.get(word[:3] if word in _WHOLE_NAMES else word, -1)
