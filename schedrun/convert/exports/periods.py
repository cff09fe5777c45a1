"""Intervals as crontab fields in UTC, for those whose grid such fields can draw."""

from datetime import datetime, timedelta

from schedrun.core.schedule.interval import EPOCH
from schedrun.core.spec.instant import resolve
from schedrun.core.spec.schedule import IntervalSchedule

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def of_schedule(schedule: IntervalSchedule, zone: str | None, *, lost: list[str]) -> str | None:
    """Return the fields of an interval whose anchor is read in `zone`; what they cannot draw is added to `lost`."""
    anchor = None if schedule.anchor is None else resolve(schedule.anchor, zone)
    found = fields(schedule.every, anchor)
    if found is None:
        lost.append("its period, which fields of minutes and hours cannot draw")
    return found


def fields(every: timedelta, anchor: datetime | None) -> str | None:
    """Return minute, hour, day of month, month and day of week, to be read in UTC; None when no fields fire so."""
    phase = ((anchor or EPOCH) - EPOCH) % every
    if phase % _MINUTE or every % _MINUTE:
        return None
    if every <= _HOUR and not _HOUR % every:
        return f"{_series(phase // _MINUTE, step=every // _MINUTE, size=60)} * * * *"
    if every % _HOUR:
        return None
    minute, hour = phase % _HOUR // _MINUTE, phase // _HOUR
    if every <= _DAY and not _DAY % every:
        return f"{minute} {_series(hour, step=every // _HOUR, size=24)} * * *"
    if every == 7 * _DAY:
        # The epoch was a Thursday.
        return f"{minute} {hour % 24} * * {(4 + phase // _DAY) % 7}"
    return None


def _series(first: int, *, step: int, size: int) -> str:
    if step == 1:
        return "*"
    if step == size:
        return str(first)
    return f"*/{step}" if first == 0 else ",".join(map(str, range(first, size, step)))
