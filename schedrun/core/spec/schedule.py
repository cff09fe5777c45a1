"""When a job fires, as written: exactly one of `cron`, `every`, `at`, in a window, spread over a while."""

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from schedrun.core.spec.base import Spec
from schedrun.core.spec.crontab import CronText
from schedrun.core.spec.duration import Duration, PositiveDuration
from schedrun.core.spec.instant import InstantText


class Window(Spec):
    """What every schedule takes: `start` (inclusive) and `end` (exclusive) bound the nominal instants."""

    start: Annotated[InstantText | None, Field(description="No fire before this instant.")] = None
    end: Annotated[InstantText | None, Field(description="No fire at or after this instant.")] = None
    spread: Annotated[
        Duration | None, Field(description="Delays each fire by an offset below this, always the same for a job.")
    ] = None


class CronSchedule(Window):
    """A crontab expression, read in the job's time zone."""

    cron: Annotated[
        CronText,
        Field(description="Five fields (minute, hour, day of month, month, day of week) or a nickname such as @daily."),
    ]


class IntervalSchedule(Window):
    """A period of elapsed time on a grid fixed by `anchor`, else by the Unix epoch."""

    every: Annotated[PositiveDuration, Field(description="The period.")]
    anchor: Annotated[
        InstantText | None, Field(description="An instant of the grid; the Unix epoch when none is said.")
    ] = None


class OnceSchedule(Window):
    """One instant."""

    at: Annotated[InstantText, Field(description="The instant.")]


SCHEDULE_KINDS = ("cron", "every", "at")
"""The keys of which a schedule has exactly one."""


def _schedule_kind(value: object) -> str | None:
    if isinstance(value, dict):
        return next((kind for kind in SCHEDULE_KINDS if kind in value), None)
    return next((kind for kind in SCHEDULE_KINDS if hasattr(value, kind)), None)


Schedule = Annotated[
    Annotated[CronSchedule, Tag("cron")]
    | Annotated[IntervalSchedule, Tag("every")]
    | Annotated[OnceSchedule, Tag("at")],
    Discriminator(_schedule_kind),
]
"""When a job fires."""
