"""What an edit of a schedule does to the run that is due next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from schedrun.core.plan import forecast
from schedrun.core.plan.forecast import Timeline, Window
from schedrun.core.plan.run_diff import RunDiff

SOON = timedelta(days=1)
"""How near a run is that counts as due: an edit that is merged today may take it away."""

_LOOK_BACK = timedelta(days=366)

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


def touched(
    before: Timeline, after: Timeline, *, now: datetime, upcoming: Upcoming, runs: RunDiff | None
) -> DueRun | None:
    """Return what the edit does to the next run, None when it comes as before or is more than a day away.

    `upcoming` are the next runs before and after the edit (None: there is none), and `runs` is what becomes of all
    runs. A run that the edit loses is told of however far away it is: the old time no longer comes, and the new one
    lies between the last run and now.
    """
    due, instead = upcoming
    if due is None or after.opens is None or after.opens >= due:  # a pause is no slip
        return None
    if forecast.count(after, Window(due - timedelta.resolution, due)):
        return None
    passed = None if instead is not None and instead < due else _passed(before, after, now)
    if passed is None and due - now > SOON:
        return None
    moved_to = next((move.after for move in (() if runs is None else runs.move) if move.before == due), None)
    return DueRun(due, instead, passed, moved_to)


def _passed(before: Timeline, after: Timeline, now: datetime) -> datetime | None:
    past = Window(now - _LOOK_BACK, now)
    last = forecast.latest(before, past)
    passed = forecast.latest(after, past)
    return passed if last is not None and passed is not None and passed > last else None
