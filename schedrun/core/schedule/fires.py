"""The fire times of one job: nominal instants, in UTC, before spread.

Nothing here lists every instant: a month of seconds is counted as fast as an hour.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, assert_never

from schedrun.core.schedule import spread
from schedrun.core.schedule.cron import Cron
from schedrun.core.schedule.interval import EPOCH, Interval
from schedrun.core.schedule.once import Once
from schedrun.core.spec import crontab
from schedrun.core.spec.instant import resolve
from schedrun.core.spec.job import Job
from schedrun.core.spec.schedule import CronSchedule, IntervalSchedule, OnceSchedule, Schedule
from schedrun.core.spec.zone import zone_of

TICK = timedelta.resolution
"""The least that lies between two instants."""

# Within these every zone's local time still lies in the calendar.
BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)
"""Before every instant that a schedule can name."""

_END = datetime(9999, 1, 1, tzinfo=UTC)


class Fires(NamedTuple):
    """A compiled schedule: what `rule` says within [start, end); `offset` delays when each is carried out."""

    rule: Cron | Interval | Once
    start: datetime
    end: datetime
    offset: timedelta

    @property
    def before_start(self) -> datetime:
        """The newest instant after which every fire counts: `start` itself is inside."""
        return self.start - TICK


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive nominal instants: `count` of them, from `first` to `last` (aware UTC)."""

    first: datetime
    last: datetime
    count: int


def of(job: Job, *, key: str) -> Fires:
    """Return the fire times of `job`; its key decides the spread offset.

    Raises InstantError or ZoneError for texts that `Job` itself would refuse.
    """
    schedule, zone = job.schedule, job.timezone
    start = BEGINNING if schedule.start is None else resolve(schedule.start, zone)
    end = _END if schedule.end is None else resolve(schedule.end, zone)
    offset = spread.offset(key, schedule.spread)
    return Fires(_rule(schedule, zone), max(start, BEGINNING), min(end, _END), offset)


def next_fire(fires: Fires, *, after: datetime) -> datetime | None:
    """Return the first nominal instant (aware UTC) strictly after `after`; None when there is none.

    Raises ValueError when `after` is naive.
    """
    if after.tzinfo is None:
        raise _naive(after)
    if after >= fires.end or fires.start >= fires.end:
        return None
    instant = fires.rule.next_fire(after=after if after >= fires.start else fires.before_start)
    return instant if instant is not None and instant < fires.end else None


def count(fires: Fires, *, after: datetime, until: datetime) -> int:
    """Return how many nominal instants lie in (after, until]. Raises ValueError when one of them is naive."""
    floor, ceiling = _floor(fires, after), _ceiling(fires, until)
    return fires.rule.count(after=floor, until=ceiling) if floor < ceiling else 0


def latest(fires: Fires, *, after: datetime, until: datetime, limit: int) -> list[datetime]:
    """Return the newest `limit` nominal instants (aware UTC) in (after, until], ascending.

    Raises ValueError when one of the bounds is naive.
    """
    floor, ceiling = _floor(fires, after), _ceiling(fires, until)
    return fires.rule.latest(after=floor, until=ceiling, limit=limit) if floor < ceiling else []


def stretch(fires: Fires, *, after: datetime, until: datetime) -> Stretch | None:
    """Return the nominal instants in (after, until] as one stretch, None when there are none; raises as `latest`."""
    first = next_fire(fires, after=after)
    if first is None or first > until:
        return None
    (last,) = latest(fires, after=after, until=until, limit=1)
    return Stretch(first, last, count(fires, after=after, until=until))


def _rule(schedule: Schedule, zone: str | None) -> Cron | Interval | Once:
    match schedule:
        case CronSchedule(cron=text):
            return Cron(crontab.parse(text), zone_of(zone or "UTC"))
        case IntervalSchedule(every=every, anchor=anchor):
            return Interval(every, EPOCH if anchor is None else resolve(anchor, zone))
        case OnceSchedule(at=at):
            return Once(resolve(at, zone))
        case _:
            assert_never(schedule)


def _floor(fires: Fires, after: datetime) -> datetime:
    """Return the instant after which fires count."""
    if after.tzinfo is None:
        raise _naive(after)
    return after if after >= fires.start else fires.before_start


def _ceiling(fires: Fires, until: datetime) -> datetime:
    """Return the last instant at which fires count: `end` itself is outside."""
    if until.tzinfo is None:
        raise _naive(until)
    return until if until < fires.end else fires.end - TICK


def _naive(instant: datetime) -> ValueError:
    return ValueError(f"{instant!r} is naive, so it is no instant: give it an offset")
