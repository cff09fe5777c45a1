"""What a job's author expects of its fire times: entries that are tested, and change nothing about the job."""

import re
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from schedrun.core.pattern import Pattern
from schedrun.core.spec import instant
from schedrun.core.spec.base import Spec, fault
from schedrun.core.spec.duration import PositiveDuration, text_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The names of weekdays, in the order of `date.weekday()`."""

LONGEST_HORIZON = timedelta(days=3660)
END_OF_DAY = "24:00"

_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_DATE = r"\d{4}-\d{2}-\d{2}"
_WHOLE_TIME = Pattern(_TIME, re.ASCII)
_WHOLE_DATE = Pattern(_DATE, re.ASCII)
_TIME_HINT = 'write hours and minutes, in quotes, such as "02:30"'
_DAY_HINT = "write mon, tue, wed, thu, fri, sat or sun, or a date such as 2026-12-24"
_YEARS = range(1900, 9998)


class Per(StrEnum):
    """A span of the calendar, in the job's zone: weeks begin on Monday, hours at midnight."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


LENGTHS = {
    Per.HOUR: timedelta(hours=1),
    Per.DAY: timedelta(days=1),
    Per.WEEK: timedelta(weeks=1),
    Per.MONTH: timedelta(days=31),
}
"""How long each span is at most, clock changes aside."""


class _OneOrMore:
    """Lets a list of one be written without its brackets; what is kept is always a list."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core_schema)
        return {"anyOf": [schema["items"], schema]}


def _listed(value: object) -> object:
    return value if isinstance(value, list) or value is None else [value]


def is_time_of_day(text: str) -> bool:
    """Return whether `text` is `HH:MM` or `HH:MM:SS`."""
    return _WHOLE_TIME.fullmatch(text) is not None


def time_of_day(text: str) -> timedelta:
    """Return how far after midnight the clocks show `text`, `24:00` included."""
    if text == END_OF_DAY:
        return timedelta(days=1)
    said = time.fromisoformat(text)
    return timedelta(hours=said.hour, minutes=said.minute, seconds=said.second)


def _time_or_instant(text: str) -> str:
    if not is_time_of_day(text):
        try:
            instant.read(text)
        except instant.InstantError as error:
            message = f"{text!r} is neither a time of day nor an instant"
            raise fault("SR102", message, hint=f"{_TIME_HINT}, or an instant") from error
    return text


def _bound(text: str) -> str:
    if text != END_OF_DAY and not is_time_of_day(text):
        raise fault("SR102", f"{text!r} is no time of day", hint=_TIME_HINT)
    return text


def _range(bounds: list[str]) -> list[str]:
    if len(bounds) != 2:
        hint = 'write where it begins and where it ends, such as ["08:00", "18:00"]'
        raise fault("SR102", "`never_between` has two times of day", hint=hint)
    begin, end = bounds
    if begin == END_OF_DAY:
        raise fault("SR102", "no range begins at 24:00", hint='write "00:00"')
    if time_of_day(begin) == time_of_day(end):
        hint = "write an end that differs from the beginning; the end itself is outside"
        raise fault("SR102", "this range of times is empty", hint=hint)
    return bounds


def _two_times(value: object) -> object:
    if isinstance(value, str):
        raise fault("SR102", f"{value!r} is no range of times", hint='write a list, such as ["08:00", "18:00"]')
    return value


def _day(text: str) -> str:
    if text in WEEKDAYS:
        return text
    near = text[:3].lower()
    hint = f"write {near}" if near in WEEKDAYS and text.isalpha() else _DAY_HINT
    if not _WHOLE_DATE.fullmatch(text):
        raise fault("SR102", f"{text!r} is no day", hint=hint)
    try:
        known = date.fromisoformat(text).year in _YEARS
    except ValueError as error:
        raise fault("SR102", f"{text!r} is no day: {error}", hint=hint) from error
    if not known:
        raise fault("SR102", f"{text!r} is out of range", hint=hint)
    return text


def _horizon(horizon: timedelta) -> timedelta:
    if horizon > LONGEST_HORIZON:
        raise fault("SR102", "this horizon is too far away", hint=f"write {LONGEST_HORIZON.days}d or less")
    return horizon


_TimeOrInstant = Annotated[
    str,
    AfterValidator(_time_or_instant),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{_TIME}|{instant.PATTERN})$"}),
]
_Bound = Annotated[
    str, AfterValidator(_bound), WithJsonSchema({"type": "string", "pattern": f"^(?:{_TIME}|{END_OF_DAY})$"})
]
_Day = Annotated[
    str,
    AfterValidator(_day),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{'|'.join(WEEKDAYS)}|{_DATE})$", "examples": ["sat"]}),
]
_Horizon = Annotated[PositiveDuration, AfterValidator(_horizon)]


class _Forecast(Spec):
    """What every entry takes that looks at the fires to come."""

    horizon: Annotated[
        _Horizon | None, Field(description="How far ahead it must hold, such as 90d; twelve months when none is said.")
    ] = None


class FiresAt(Spec):
    """Instants at which it fires, whatever the horizon, also past ones."""

    fires_at: Annotated[
        list[instant.InstantText],
        BeforeValidator(_listed),
        _OneOrMore(),
        Field(min_length=1, description="Instants that must be fires; without an offset in the job's zone."),
    ]


class NeverAt(_Forecast):
    """Times of day, to the minute or to the second, and instants at which it never fires."""

    never_at: Annotated[
        list[_TimeOrInstant],
        BeforeValidator(_listed),
        _OneOrMore(),
        Field(min_length=1, description='Times of day in the job\'s zone, such as "02:30", or instants.'),
    ]


class NeverOn(_Forecast):
    """Weekdays and dates in the job's zone on which it never fires."""

    never_on: Annotated[
        list[_Day],
        BeforeValidator(_listed),
        _OneOrMore(),
        Field(min_length=1, description="Weekdays (`sat`) and dates (`2026-12-24`) in the job's zone."),
    ]


class NeverBetween(_Forecast):
    """A range of the day, its end outside, in which it never fires; it may lead over midnight."""

    never_between: Annotated[
        list[_Bound],
        BeforeValidator(_two_times),
        AfterValidator(_range),
        Field(
            json_schema_extra={"minItems": 2, "maxItems": 2},
            description='Begin and end (outside) in the job\'s zone, such as ["22:00", "06:00"].',
        ),
    ]


class AtMost(_Forecast):
    """How often it fires at most in each hour, day, week or month."""

    at_most: Annotated[int, Field(ge=0, description="The most fires in one.")]
    per: Annotated[Per, Field(strict=False, description="In each of which, by the calendar of the job's zone.")]


class AtLeast(_Forecast):
    """How often it fires at least in each whole hour, day, week or month of the horizon."""

    at_least: Annotated[int, Field(ge=1, description="The fewest fires in one.")]
    per: Annotated[Per, Field(strict=False, description="In each of which, by the calendar of the job's zone.")]

    @model_validator(mode="after")
    def _holds_a_whole_span(self) -> Self:
        # Two lengths hold a whole one wherever they begin; less would be fulfilled by saying nothing.
        if self.horizon is not None and self.horizon < 2 * LENGTHS[self.per]:
            shortest = text_of(2 * LENGTHS[self.per])
            message = f"this horizon may hold no whole {self.per}"
            raise fault("SR102", message, hint=f"write {shortest} or more", path=("horizon",))
        return self


class GapAtMost(_Forecast):
    """How long it goes without a fire at most."""

    gap_at_most: Annotated[PositiveDuration, Field(description="The longest time from one fire to the next.")]


EXPECT_KINDS = ("fires_at", "never_at", "never_on", "never_between", "at_most", "at_least", "gap_at_most")
"""The keys of which an entry has exactly one."""

EXPECT_MODELS = (FiresAt, NeverAt, NeverOn, NeverBetween, AtMost, AtLeast, GapAtMost)
"""The models of the entries, in the order of their keys."""


def kind_of(entry: object) -> str | None:
    """Return the key that says what an entry expects; None for a mapping that has none of them."""
    if isinstance(entry, dict):
        return next((kind for kind in EXPECT_KINDS if kind in entry), None)
    return next((kind for kind in EXPECT_KINDS if hasattr(entry, kind)), None)


Expectation = Annotated[
    Annotated[FiresAt, Tag("fires_at")]
    | Annotated[NeverAt, Tag("never_at")]
    | Annotated[NeverOn, Tag("never_on")]
    | Annotated[NeverBetween, Tag("never_between")]
    | Annotated[AtMost, Tag("at_most")]
    | Annotated[AtLeast, Tag("at_least")]
    | Annotated[GapAtMost, Tag("gap_at_most")],
    Discriminator(kind_of),
]
"""One thing that is expected of a job's fire times."""
