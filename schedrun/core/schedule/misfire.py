"""Which of the fires that are due still run, and what becomes of the others."""

from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

from schedrun.core.schedule import fires as fire_times
from schedrun.core.schedule.fires import Fires, Stretch
from schedrun.core.spec.policy import CatchUp, Misfire

DISPATCH_DELAY = timedelta(seconds=10)
"""Less than this is how long a busy machine takes, not downtime."""


class Due(NamedTuple):
    """What is due, each instant in one place only: `missed` are the oldest, then `superseded`, then `run`.

    `run` holds nominal instants, ascending; None stands for no such instant.
    """

    run: tuple[datetime, ...]
    missed: Stretch | None
    superseded: Stretch | None


def due(fires: Fires, *, cursor: datetime, now: datetime, misfire: Misfire) -> Due | None:
    """Return the verdicts on the nominal instants in (cursor, now - offset]; None when there is none.

    `cursor` and `now` are aware; lateness counts from an instant plus its spread offset. Later than `grace`
    is missed. Of the others `none` runs what is less than 10 s late and misses the rest, `latest` runs the
    newest, `all` the newest `catch_up_limit`; what is older than those that run is superseded.
    """
    until = now - fires.offset
    newest = fire_times.latest(fires, after=cursor, until=until, limit=2)
    if not newest:
        return None
    if len(newest) == 1 and until - newest[0] < min(DISPATCH_DELAY, misfire.grace):
        return Due((newest[0],), None, None)  # the common case, which every policy runs
    too_late = max(cursor, _too_late(until, misfire))
    run = fire_times.latest(fires, after=too_late, until=until, limit=_limit(misfire))
    before_run = run[0] - fire_times.TICK if run else until
    return Due(
        run=tuple(run),
        missed=fire_times.stretch(fires, after=cursor, until=too_late),
        superseded=fire_times.stretch(fires, after=too_late, until=before_run),
    )


def _too_late(until: datetime, misfire: Misfire) -> datetime:
    """Return the newest nominal instant that would be too late to run."""
    beyond_grace = until - misfire.grace - fire_times.TICK
    return max(beyond_grace, until - DISPATCH_DELAY) if misfire.catch_up is CatchUp.NONE else beyond_grace


def _limit(misfire: Misfire) -> int:
    match misfire.catch_up:
        case CatchUp.LATEST:
            return 1
        case CatchUp.ALL | CatchUp.NONE:
            return misfire.catch_up_limit
        case _:
            assert_never(misfire.catch_up)
