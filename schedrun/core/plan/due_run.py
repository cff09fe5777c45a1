"""What an edit of a schedule does to the run that is due next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from schedrun.core.plan import forecast
from schedrun.core.plan.forecast import Timeline, Window
from schedrun.core.plan.run_diff import RunDiff
from schedrun.core.schedule.fires import TICK
from schedrun.core.schedule.interval import Interval
from schedrun.core.schedule.once import Once

SOON = timedelta(days=1)
"""How near a run is that counts as due: an edit that is merged today may take it away."""

_MINUTE = timedelta(minutes=1)

Lines: TypeAlias = tuple[Timeline, Timeline]
Upcoming: TypeAlias = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class DueRun:
    """The next run `due` no longer comes; the next one is `instead` (None: there is none).

    `moved_to` is the run that it becomes, where the run diff says so. `passed` is the time at which the new schedule
    would have carried it out, where that has passed already: then the edit loses a run, since nothing fires after the
    fact.
    """

    due: datetime
    instead: datetime | None
    passed: datetime | None
    moved_to: datetime | None = None


def touched(lines: Lines, *, now: datetime, upcoming: Upcoming, runs: RunDiff | None) -> DueRun | None:
    """Return what the edit does to the next run, None when it comes as before or is more than a day away.

    `lines` are the runs before and after the edit, `upcoming` the next one of each (None: there is none), and `runs` is
    what becomes of all. A run that the edit loses is told of however far away it is. Of an interval of seconds nobody
    waits for a certain run: while another comes at about its time, nothing is told.
    """
    before, after = lines
    due, instead = upcoming
    if due is None or after.opens is None or after.opens >= due:  # a pause is no slip
        return None
    if _runs_at(after, due) or (_is_of_seconds(before) and instead is not None and abs(instead - due) <= _MINUTE):
        return None
    becomes = {} if runs is None else {move.before: move.after for move in (*runs.move, *runs.passed)}
    counterpart = becomes.get(due)
    passed = counterpart if counterpart is not None and counterpart <= now and _runs_at(after, counterpart) else None
    if passed is None and (due - now > SOON or _is_spent(after, now)):
        return None
    return DueRun(due, instead, passed, counterpart if counterpart is not None and counterpart > now else None)


def _runs_at(line: Timeline, instant: datetime) -> bool:
    return forecast.count(line, Window(instant - TICK, instant)) > 0


def _is_of_seconds(line: Timeline) -> bool:
    return isinstance(line.fires.rule, Interval) and line.fires.rule.every < _MINUTE


def _is_spent(line: Timeline, now: datetime) -> bool:
    """Whether this is a one-time job that will never run: that is worth an error of its own."""
    return isinstance(line.fires.rule, Once) and line.fires.rule.at + line.fires.offset <= now
