"""When a job fires, as written: exactly one of `cron`, `every`, `at`, in a window, spread over a while."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Discriminator, Tag

from schedrun.core.spec.base import Spec, fault
from schedrun.core.spec.crontab import CronText
from schedrun.core.spec.duration import Duration
from schedrun.core.spec.instant import InstantText


class Window(Spec):
    """What every schedule takes: `start` (inclusive) and `end` (exclusive) bound the nominal instants."""

    start: InstantText | None = None
    end: InstantText | None = None
    spread: Duration | None = None


class CronSchedule(Window):
    """A crontab expression, read in the job's time zone."""

    cron: CronText


def _positive(duration: timedelta) -> timedelta:
    if not duration:
        raise fault("SR102", "an interval must be longer than nothing", hint="write one such as 15m")
    return duration


class IntervalSchedule(Window):
    """A period of elapsed time on a grid fixed by `anchor`, else by the Unix epoch."""

    every: Annotated[Duration, AfterValidator(_positive)]
    anchor: InstantText | None = None


class OnceSchedule(Window):
    """One instant."""

    at: InstantText


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
