"""What the clock changes to come make of a job's runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from schedrun.core.plan.forecast import Timeline, Window
from schedrun.core.schedule import clock_changes, readings
from schedrun.core.schedule.clock_changes import Change
from schedrun.core.schedule.cron import Cron


class ClockEffect(StrEnum):
    """What happens to the times of day that a clock change skips or shows twice."""

    NONE = "none"
    """No fire lies there."""
    MADE_UP = "made_up"
    """They are skipped, and one fire right after the gap stands for all of them."""
    LOST = "lost"
    """They are skipped, and nothing stands for them."""
    ONCE = "once"
    """They are shown twice, and fire the first time only."""
    TWICE = "twice"
    """They are shown twice, and fire each time."""


@dataclass(frozen=True, slots=True)
class ClockDate:
    """A change of a job's clock at `at` (aware UTC), from one reading (naive wall time) to another.

    `times` counts the readings of the schedule that are skipped or shown twice, `effect` says what becomes of them.
    """

    at: datetime
    before: datetime
    after: datetime
    effect: ClockEffect
    times: int


def of(line: Timeline, window: Window) -> tuple[ClockDate, ...]:
    """Return the clock changes of the job's zone within the window; none for a schedule that reads no clock."""
    rule = line.fires.rule
    if not isinstance(rule, Cron):
        return ()
    after, until = (moment.astimezone(UTC).replace(tzinfo=None) for moment in (window.after, window.until))
    return tuple(_date(rule, change) for change in clock_changes.between(rule.zone, after=after, until=until))


def affecting(line: Timeline, window: Window) -> Iterator[ClockDate]:
    """Yield those of its clock changes that skip or repeat a time of the job."""
    return (date for date in of(line, window) if date.effect is not ClockEffect.NONE)


def _date(rule: Cron, change: Change) -> ClockDate:
    first, last = sorted((change.old_reading, change.new_reading))
    times = readings.of(rule.crontab.expression).count(start=first, end=last)
    effect = _effect(change, fixed=rule.crontab.fixed) if times else ClockEffect.NONE
    return ClockDate(change.at.replace(tzinfo=UTC), change.old_reading, change.new_reading, effect, times)


def _effect(change: Change, *, fixed: bool) -> ClockEffect:
    if change.jump > timedelta():
        return ClockEffect.MADE_UP if fixed and change.jump < clock_changes.CALENDAR_JUMP else ClockEffect.LOST
    return ClockEffect.ONCE if fixed else ClockEffect.TWICE
