"""The fire times of one job: nominal instants, in UTC, before spread."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schedrun.core.spec.job import Job


@dataclass(frozen=True, slots=True)
class Fires:
    """A compiled schedule."""

    offset: timedelta


def of(job: Job, *, key: str) -> Fires:
    """Compile."""
    raise NotImplementedError


def next_fire(fires: Fires, *, after: datetime) -> datetime | None:
    """Next nominal fire strictly after."""
    raise NotImplementedError
