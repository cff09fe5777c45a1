"""Whether two texts of one job mean the same: every field alike, and the same fires."""

from datetime import datetime
from zoneinfo import ZoneInfo

from schedrun.core.schedule import clock_changes, fires, readings
from schedrun.core.schedule.cron import Cron
from schedrun.core.schedule.fires import Fires
from schedrun.core.spec.crontab import Crontab
from schedrun.core.spec.instant import resolve
from schedrun.core.spec.job import Job
from schedrun.core.spec.policy import Pause
from schedrun.core.spec.zone import zone_of

_FIRST, _LAST = datetime(2000, 1, 1), datetime(2050, 1, 1)  # noqa: DTZ001  UTC, without saying so
"""Between these two zones must show the same clocks to be the same."""

_READ_TOGETHER = ("schedule", "timezone", "paused")


def same(before: Job, after: Job) -> bool:
    """Return whether the two mean the same, however they are written."""
    if before == after:
        return True
    fields = type(before).model_fields.keys() - set(_READ_TOGETHER)
    return (
        all(getattr(before, name) == getattr(after, name) for name in fields)
        and same_clocks(zone_of(before.timezone or "UTC"), zone_of(after.timezone or "UTC"))
        and _pause(before) == _pause(after)
        and before.schedule.spread == after.schedule.spread
        and _same_fires(fires.of(before, key=""), fires.of(after, key=""))
    )


def same_clocks(one: ZoneInfo, other: ZoneInfo) -> bool:
    """Return whether two zones show the same time from 2000 to 2050."""
    if one.key == other.key:
        return True
    if clock_changes.offset_at(one, _FIRST) != clock_changes.offset_at(other, _FIRST):
        return False
    return list(clock_changes.between(one, after=_FIRST, until=_LAST)) == list(
        clock_changes.between(other, after=_FIRST, until=_LAST)
    )


def _same_fires(one: Fires, other: Fires) -> bool:
    if (one.start, one.end) != (other.start, other.end):
        return False
    if isinstance(one.rule, Cron) and isinstance(other.rule, Cron):
        return _readings(one.rule.crontab) == _readings(other.rule.crontab)
    return one.rule == other.rule


def _readings(parsed: Crontab) -> tuple[object, ...]:
    matching = readings.of(parsed.expression)
    times = (matching.minutes, matching.hours)
    return (*times, matching.days, matching.months, matching.weekdays, parsed.fixed, parsed.either_day)


def _pause(job: Job) -> object:
    if not isinstance(job.paused, Pause) or job.paused.until is None:
        return job.paused
    return job.paused.reason, resolve(job.paused.until, job.timezone)
