"""The text of a crontab expression: five fields, read as Debian's cron reads them."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Annotated, NamedTuple

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, WithJsonSchema

from schedrun.core.pattern import Pattern
from schedrun.core.spec import crontab_error as errors
from schedrun.core.spec.base import fault
from schedrun.core.spec.crontab_error import CrontabError
from schedrun.core.spec.crontab_field import DAY, FIELDS, NICKNAMES, WEEKDAY, Field
from schedrun.core.spec.shape import Shape

__all__ = [
    "CronText",
    "Crontab",
    "CrontabError",
    "from_keywords",
    "parse",
    "parse_cron_expression",
    "uses_weekday_numbers",
    "validate_cron_expression",
]

_LONGEST = 500
"""Characters of an expression: one that lists all of its values has fewer than 400."""
_BLANK = re.compile(r"[ \t]+")
_NUMBER = "0{0,500}[0-9]{1,9}"
"""As in Debian's cron zeros in front say nothing, and an expression may hold as many as it has room for."""
_ITEM = re.compile(rf"(?:\*|(?P<first>{_NUMBER}|[a-z]+)(?:-(?P<last>{_NUMBER}|[a-z]+))?)(?:/(?P<step>{_NUMBER}))?")
_LAST_OF_MONTH = Pattern(r"0{0,500}[0-7]l")
_NTH_OF_MONTH = Pattern(r"(?P<day>0{0,500}[0-7]|[a-z]{3})#[1-5]")
_ZONE_PREFIX = Pattern(r"(?:CRON_)?TZ=", re.IGNORECASE)
_DAY_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Crontab(NamedTuple):
    """A parsed expression: its fields as they were written, nicknames expanded.

    `expression` says the same in the form that cronsim reads as Debian's cron does.
    """

    text: str
    minute: str
    hour: str
    day: str
    month: str
    day_of_week: str
    expression: str

    @property
    def fixed(self) -> bool:
        """Whether the line means times of day, which a clock change must neither lose nor double.

        It is a wildcard line when minute or hour starts with `*`: that follows the wall clock.
        """
        return not (self.minute.startswith("*") or self.hour.startswith("*"))

    @property
    def either_day(self) -> bool:
        """Whether one of the two day fields is enough; both must match when one starts with `*`."""
        return not (self.day.startswith("*") or self.day_of_week.startswith("*"))


@lru_cache(maxsize=8192)
def parse(text: str) -> Crontab:
    """Return the expression that `text` says: five fields or a nickname.

    Raises CrontabError with a hint that says what to write: SR201 when it does not parse, SR202 when it can
    never fire.
    """
    fields = _split(text)
    pairs = zip(FIELDS, fields, strict=True)
    expression = " ".join(
        ",".join(_read_item(field, item) for item in said.lower().split(",")) for field, said in pairs
    )
    minute, hour, day, month, day_of_week = fields
    crontab = Crontab(text, minute, hour, day, month, day_of_week, expression)
    _refuse_impossible_dates(crontab)
    return crontab


def validate_cron_expression(text: object) -> tuple[bool, str | None]:
    """Return (True, None) for an expression that can fire, else False and the reason with what to write."""
    if not isinstance(text, str):
        return False, f"a crontab expression is text, not {text!r}"
    try:
        parse(text)
    except CrontabError as error:
        return False, str(error)
    return True, None


def parse_cron_expression(text: str) -> dict[str, str]:
    """Return the fields `minute`, `hour`, `day`, `month` and `day_of_week` as written, nicknames expanded.

    Raises CrontabError, a ValueError, when the expression does not parse or never fires.
    """
    crontab = parse(text)
    return {
        "minute": crontab.minute,
        "hour": crontab.hour,
        "day": crontab.day,
        "month": crontab.month,
        "day_of_week": crontab.day_of_week,
    }


def from_keywords(
    *,
    month: int | str | None = None,
    day: int | str | None = None,
    day_of_week: int | str | None = None,
    hour: int | str | None = None,
    minute: int | str | None = None,
) -> str:
    """Return the expression that the keywords say, with the numbering and the day rule of the text.

    A field left out is at its minimum below a coarser one that is said, and free (`*`) otherwise. The two day
    fields are one level: the one left out beside the other is free.
    Raises CrontabError as `parse` does, and when nothing is said.
    """
    if all(value is None for value in (month, day, day_of_week, hour, minute)):
        raise CrontabError("no field is said", hint="write at least one of month, day, day_of_week, hour and minute")
    day_said = day is not None or day_of_week is not None
    above_minute = hour is not None or day_said or month is not None
    above_hour = day_said or month is not None
    fields = (
        _keyword(minute, otherwise="0" if above_minute else "*"),
        _keyword(hour, otherwise="0" if above_hour else "*"),
        _keyword(day, otherwise="1" if month is not None and not day_said else "*"),
        _keyword(month, otherwise="*"),
        _keyword(day_of_week, otherwise="*"),
    )
    return parse(" ".join(fields)).text


def uses_weekday_numbers(text: str) -> str | None:
    """Return which days the numbers in day of week mean, such as `1 is Monday, 5 is Friday`.

    None when the expression names its days or none. Raises CrontabError when the expression does not parse.
    """
    said = parse(text).day_of_week
    numbers = dict.fromkeys(int(number) for number in re.findall(r"(?<![/#\d])\d+", said))
    if text.lstrip().startswith("@") or not numbers:
        return None
    return ", ".join(f"{number} is {_DAY_NAMES[number]}" for number in numbers)


def _split(text: str) -> list[str]:
    stripped = text.strip(" \t\r\n")
    if len(stripped) > _LONGEST:
        raise errors.too_long(longest=_LONGEST)
    if stripped in NICKNAMES:
        return NICKNAMES[stripped].split()
    if stripped.startswith("@"):
        raise errors.unknown_nickname(stripped)
    if _ZONE_PREFIX.match(stripped):
        raise errors.zone_prefix(stripped)
    words = _BLANK.split(stripped) if stripped else []
    if len(words) != len(FIELDS):
        raise errors.wrong_count(words, parses=lambda shorter: validate_cron_expression(shorter)[0])
    return words


def _read_item(field: Field, item: str) -> str:
    """Return one lower-case item of a list as cronsim should read it, or raise CrontabError."""
    if _is_extra(field, item):
        return item
    match = _ITEM.fullmatch(item)
    if match is None:
        raise errors.unreadable(field, item, reads=lambda shorter: _reads(field, shorter))
    if match["first"] is None:
        return _with_step(field, item, match["step"])
    low = _value(field, item, match["first"])
    if match["last"] is None:
        return _with_step(field, item, match["step"])
    high = _value(field, item, match["last"])
    if match["step"] is not None:
        _with_step(field, item, match["step"])
    if low > high:
        raise errors.wrapped_range(field, item)
    # cronsim takes the single value of `a-a/n` for the start of a range; Debian's cron does not.
    return match["first"] if low == high else item


def _reads(field: Field, item: str) -> bool:
    # An item of no known shape would in turn ask this of all its beginnings: twice the work for each character.
    if not _is_extra(field, item) and _ITEM.fullmatch(item) is None:
        return False
    try:
        _read_item(field, item)
    except CrontabError:
        return False
    return True


def _with_step(field: Field, item: str, step: str | None) -> str:
    if step is not None and int(step) == 0:
        raise errors.zero_step(field, item)
    return item


def _value(field: Field, item: str, word: str) -> int:
    value = field.value_of(word)
    if value is None:
        raise errors.bad_value(field, item, word)
    return value


def _is_extra(field: Field, item: str) -> bool:
    if field is DAY:
        return item in {"l", "lw"}
    if field is WEEKDAY:
        nth = _NTH_OF_MONTH.fullmatch(item)
        return _LAST_OF_MONTH.fullmatch(item) is not None or (
            nth is not None and field.value_of(nth["day"]) is not None
        )
    return False


def _refuse_impossible_dates(crontab: Crontab) -> None:
    # Every kind of year (its length, its first weekday) occurs in 28 years from here; cronsim looks at 50.
    beginning = datetime(2000, 1, 1)  # noqa: DTZ001  a calendar has no zone
    try:
        possible = next(CronSim(crontab.expression, beginning), None) is not None
    except CronSimError:  # the days exist in none of the months; nothing else of what was read above is refused there
        possible = False
    if not possible:
        # With a weekday to fall back on cronsim reads every day and month.
        _, _, day, month, _ = crontab.expression.split()
        read = CronSim(f"0 0 {day} {month} 1", beginning)
        raise errors.never_fires(crontab.text, days=read.days, months=read.months)


def _keyword(value: int | str | None, *, otherwise: str) -> str:
    if value is None:
        return otherwise
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise CrontabError(f"{value!r} is no value of a crontab field", hint="write a number, or a text such as `1-5`")
    said = str(value)
    if not said or _BLANK.search(said):
        raise CrontabError(f"{said!r} is no single crontab field", hint="write one field, such as `1-5` or `*/15`")
    return said


def _validate(text: str) -> str:
    try:
        parse(text)
    except CrontabError as error:
        raise fault(error.code, error.message, hint=error.hint) from error
    return text


def _pattern() -> str:
    from schedrun.core.spec import crontab_shape  # noqa: PLC0415  for the schema alone

    return crontab_shape.pattern()


_SHAPE = Shape(_pattern, "write minute, hour, day of month, month and day of week, or a nickname such as @daily")

CronText = Annotated[
    str,
    AfterValidator(_validate),
    WithJsonSchema({"type": "string", "examples": ["0 2 * * mon-fri"]}),
    _SHAPE,
]
"""A crontab expression or nickname that parses and can fire."""
