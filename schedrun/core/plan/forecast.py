"""The runs that manifests bring: when each job's schedule says, after its spread and its declared pause.

What people pause by hand and what the policies make of a fire that comes while a run is active is not known here.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from schedrun.core.schedule import fires
from schedrun.core.schedule.cron import Cron
from schedrun.core.schedule.fires import BEGINNING, Fires
from schedrun.core.spec import instant
from schedrun.core.spec.job import Job
from schedrun.core.spec.policy import Pause
from schedrun.core.spec.zone import zone_of

_REACHES = (timedelta(hours=3), timedelta(days=4), timedelta(days=31))
_FAR = 9000
"""From this year on no month is looked ahead, so that nobody leaves the calendar."""


@dataclass(frozen=True, slots=True)
class Window:
    """The instants in (after, until], both aware UTC."""

    after: datetime
    until: datetime

    def holds(self, instant: datetime) -> bool:
        """Whether the instant lies inside."""
        return self.after < instant <= self.until


@dataclass(frozen=True, slots=True)
class Timeline:
    """All the runs of one job: `zone` is the clock on which people read them.

    Only what is carried out after `opens` runs: a declared pause skips what comes until then; None stands for a
    pause without an end.
    """

    fires: Fires
    zone: ZoneInfo
    opens: datetime | None


def timeline(job: Job, *, key: str) -> Timeline:
    """Return the runs of `job`; its key decides the offset of its spread."""
    match job.paused:
        case Pause(until=str() as until):
            opens: datetime | None = instant.resolve(until, job.timezone)
        case True | Pause():
            opens = None
        case _:
            opens = BEGINNING
    return Timeline(fires.of(job, key=key), zone_of(job.timezone or "UTC"), opens)


def taking_over(line: Timeline, before: Timeline, *, now: datetime) -> Timeline:
    """Return what is left of `line` when it takes the place of `before` at `now` (aware UTC).

    Under a shorter delay some fire times had their verdict already, and none gets two.
    """
    if before.fires.offset >= line.fires.offset:
        return line
    start = max(line.fires.start, now - before.fires.offset + fires.TICK)
    return replace(line, fires=line.fires._replace(start=start))


def runs(line: Timeline, window: Window) -> list[datetime]:
    """Return when the job runs within the window: instants with the spread's offset, aware UTC, ascending."""
    if line.opens is None:
        return []
    offset = line.fires.offset
    nominal = fires.latest(
        line.fires, after=max(window.after, line.opens) - offset, until=window.until - offset, limit=sys.maxsize
    )
    return [at + offset for at in nominal] if offset else nominal


def count(line: Timeline, window: Window) -> int:
    """Return how often the job runs within the window, without listing it."""
    if line.opens is None:
        return 0
    offset = line.fires.offset
    return fires.count(line.fires, after=max(window.after, line.opens) - offset, until=window.until - offset)


def following(line: Timeline, *, after: datetime, number: int) -> tuple[datetime, ...]:
    """Return the first `number` runs (aware UTC) strictly after `after`; fewer when no more will come."""
    if line.opens is None:
        return ()
    begin = max(after, line.opens)
    if isinstance(line.fires.rule, Cron) and begin.year < _FAR:
        # A stretch of calendar is listed faster than a few readings are searched for.
        for reach in _REACHES:
            found = runs(line, Window(begin, begin + reach))
            if len(found) >= number:
                return tuple(found[:number])
    return tuple(islice(_one_by_one(line, begin), number))


def _one_by_one(line: Timeline, begin: datetime) -> Iterator[datetime]:
    offset = line.fires.offset
    nominal = fires.next_fire(line.fires, after=begin - offset)
    while nominal is not None:
        yield nominal + offset
        nominal = fires.next_fire(line.fires, after=nominal)
