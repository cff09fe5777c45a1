"""Why a crontab expression is refused, and exactly what to write instead."""

import re
from collections.abc import Callable, Iterable
from typing import Literal

from schedrun.core.spec.crontab_field import DAY, FIELDS, MONTH, NICKNAMES, WEEKDAY, Field

CrontabCode = Literal["SR201", "SR202"]
"""SR201: the text does not parse. SR202: it parses and can never fire."""


class CrontabError(ValueError):
    """A crontab expression is refused: `message` says why, `hint` what to write, `code` the kind of fault."""

    def __init__(self, message: str, *, hint: str, code: CrontabCode = "SR201") -> None:
        self.message, self.hint, self.code = message, hint, code
        super().__init__(f"{message}: {hint}")


def unknown_nickname(text: str) -> CrontabError:
    """Return the error for a text that starts with `@` and is no nickname."""
    word, _, rest = text.partition(" ")
    if word.lower() == "@reboot":
        hint = "nothing fires at start-up; write a time such as `@daily`, or an interval with `every`"
    elif word.lower() == "@every":
        hint = f"write `every: {rest.strip() or '15m'}` instead of `cron`"
    elif word.lower() in NICKNAMES:
        hint = f"write `{word.lower()}`"
    else:
        hint = f"write one of {' '.join(NICKNAMES)}, or five fields"
    return CrontabError(f"`{text}` is no nickname", hint=hint)


def zone_prefix(text: str) -> CrontabError:
    """Return the error for a text that starts with `TZ=` or `CRON_TZ=`."""
    prefix, _, rest = text.partition(" ")
    zone = prefix.partition("=")[2].strip("'\"") or "Europe/Berlin"
    hint = f"write `{rest.strip() or '0 2 * * *'}` and beside the schedule `timezone: {zone}`"
    return CrontabError(f"`{prefix}` does not belong into the expression", hint=hint)


def wrong_count(words: list[str], *, parses: Callable[[str], bool]) -> CrontabError:
    """Return the error for a line without five fields; `parses` says whether a line of five is good."""
    message = f"a crontab line has five fields, not {len(words)}"
    if len(words) < len(FIELDS):
        hint = "write minute, hour, day of month, month and day of week, such as `0 2 * * *`"
        return CrontabError(message, hint=hint)
    seconds = re.fullmatch(r"(?:\*|0)/(\d+)|(\*)", words[0])
    if len(words) == 6 and seconds and set(words[1:]) == {"*"}:
        return CrontabError(message, hint=f"for seconds write `every: {seconds[1] or 1}s` instead of `cron`")
    head, tail = " ".join(words[:5]), " ".join(words[1:6])
    if words[0] in {"0", "00"} and parses(tail):
        hint = f"leave the seconds out: write `{tail}` (for seconds use `every`)"
    elif parses(head):
        hint = f"write `{head}`; a year is said by `start` and `end`, seconds by `every`, a command by `target`"
    else:
        hint = "for seconds use `every`, such as `every: 30s`; for a year `start` and `end`"
    return CrontabError(message, hint=hint)


def too_long(*, longest: int) -> CrontabError:
    """Return the error for a text of more than `longest` characters."""
    hint = "write steps and ranges instead of single values, or several jobs"
    return CrontabError(f"a crontab line has at most {longest} characters", hint=hint)


def zero_step(field: Field, item: str) -> CrontabError:
    """Return the error for a step of zero."""
    return _of(field, item, "has a step of zero", f"write a step of at least 1, or `{item.partition('/')[0]}`")


def wrapped_range(field: Field, item: str) -> CrontabError:
    """Return the error for a readable range whose end comes before its start."""
    return _of(field, item, "runs backwards", f"write `{_unwrapped(field, item)}`")


def bad_value(field: Field, item: str, word: str) -> CrontabError:
    """Return the error for a number out of range, or a word that is no name in this field."""
    if word.isdigit():
        hint = f"write a number from {field.low} to {field.high}"
        start = _STARTS.get((field.name, word))
        return _of(field, item, f"holds {word}, out of range", f"{hint} ({start})" if start else hint)
    return _foreign(field, item) or _of(
        field, item, f"holds `{word}`, no name of a {field.name}", _name_hint(field, word)
    )


def unreadable(field: Field, item: str, *, reads: Callable[[str], bool]) -> CrontabError:
    """Return the error for an item that no rule reads; `reads` says whether a shorter item would be good."""
    if not item:
        return CrontabError(f"{field.name} has an empty place in its list", hint="take the extra comma away")
    foreign = _foreign(field, item)
    if foreign is not None:
        return foreign
    for length in range(len(item) - 1, 0, -1):
        if not item[length].isdigit() and reads(item[:length]):
            return _of(field, item, f"ends in `{item[length:]}`, which means nothing", f"write `{item[:length]}`")
    named = f", a name such as {field.words[1]}" if field.words else ""
    hint = f"write `*`, a number from {field.low} to {field.high}{named}, a range `a-b`, or a step `*/n`"
    return _of(field, item, "cannot be read", hint)


def never_fires(text: str, *, days: Iterable[int], months: Iterable[int]) -> CrontabError:
    """Return the error for a line whose days (1 to 31, marks below 1) no calendar has in its months."""
    longest = max(_LONGEST[month] for month in months)
    if min(days) > longest:
        hint = f"its longest month has {longest} days: write a day up to {longest}, or `L` for the last day"
    else:
        hint = "both day fields must match when one of them starts with `*`: write `*` alone for one of them"
    return CrontabError(f"`{text}` never fires", hint=hint, code="SR202")


_LONGEST = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_STARTS = {("minute", "60"): "`0` for the full hour", ("hour", "24"): "`0` for midnight"}
_SPREAD = "write a number, and let `spread` share the load, such as `spread: 30m`"
_FOREIGN: tuple[tuple[str, Field | None, str, str], ...] = (
    (r"\?.*", None, "uses `?`", "write `*` instead of `?`"),
    (r".*~.*", None, "asks for a random value", _SPREAD),
    (r"h(\(.*\))?(/\d+)?", None, "asks for a hashed value", _SPREAD),
    (
        r"\d+w|w",
        DAY,
        "asks for the nearest weekday",
        "write the day itself, or `LW` for the last weekday of the month",
    ),
    (
        r"l-\d+w?",
        DAY,
        "counts from the end of the month",
        "write `L` for the last day, `LW` for its last weekday",
    ),
    (
        r"lw?/.*|.*-lw?",
        DAY,
        "puts `L` into a range or step",
        "write `L` by itself or in a list, such as `1,L`",
    ),
    (r"[0-7]l", DAY, "means a last weekday", "write it in the fifth field, day of week"),
    (
        r"l",
        WEEKDAY,
        "names no day",
        "write `6` or `sat` for every Saturday, `6L` for the last one of the month",
    ),
    (
        r"[a-z]{3}l",
        WEEKDAY,
        "puts `L` behind a name",
        "write the day's number before it, such as `5L` for the last Friday",
    ),
    (r".*-.*#[1-5]", WEEKDAY, "counts a range of days", "write each day, such as `mon#2,tue#2`"),
    (r".*#([6-9]|0|\d\d+)", WEEKDAY, "counts beyond a month", "write a place from 1 to 5, such as `mon#2`"),
    (r"lw?", None, "means the last day", "write it in the third field, day of month"),
    (r".*#\d+", None, "counts weekdays", "write it in the fifth field, day of week"),
    (r"-\d+", None, "is negative", "write a number without a sign"),
    (
        r"/\d+|\d*-\d*/?",
        None,
        "is half a range or step",
        "write both ends of the range, such as `1-5`, or `*/n`",
    ),
)


def _foreign(field: Field, item: str) -> CrontabError | None:
    """Return the error for an item that another dialect understands."""
    for pattern, only, problem, hint in _FOREIGN:
        if (only is None or only is field) and re.fullmatch(pattern, item):
            return _of(field, item, problem, hint)
    return None


def _of(field: Field, item: str, problem: str, hint: str) -> CrontabError:
    return CrontabError(f"{field.name} `{item}` {problem}", hint=hint)


def _name_hint(field: Field, word: str) -> str:
    for other in FIELDS:
        short = next((name for name in other.words if word.startswith(name)), None)
        if short and other is field:
            return f"names have three letters: write `{short}`"
        if short:
            return f"`{short}` belongs into {other.name}"
    return f"names are {' '.join(field.words)}" if field.words else f"write a number from {field.low} to {field.high}"


def _unwrapped(field: Field, item: str) -> str:
    """Return the list or the ascending range that says what a backward range means."""
    span, _, step = item.partition("/")
    first, last = span.split("-")
    low, high = field.value_of(first), field.value_of(last)
    if low is None or high is None:
        raise ValueError(f"`{item}` is no range of {field.name}")
    size = 7 if field is WEEKDAY else field.high - field.low + 1
    named = bool(field.words) and not (first + last).isdigit()
    if step:
        values = [field.low + (value - field.low) % size for value in range(low, high + size + 1, int(step))]
        return ",".join(_said(field, value, named=named) for value in values)
    if field is WEEKDAY:
        return _unwrapped_week(low % 7, high, named=named)
    parts = ((low, field.high), (field.low, high))
    return ",".join("-".join(_said(field, end, named=named) for end in dict.fromkeys(part)) for part in parts)


def _unwrapped_week(low: int, high: int, *, named: bool) -> str:
    if low == 0:
        return f"0-{high}"
    if high == 0 and low < 6:
        return f"{low}-7"
    days = [day % 7 for day in range(low, high + 8)]
    return ",".join(_said(WEEKDAY, day, named=named) for day in days)


def _said(field: Field, value: int, *, named: bool) -> str:
    return field.words[value - field.low] if named and field in {MONTH, WEEKDAY} else str(value)
