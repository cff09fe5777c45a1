"""A unit of work that makes the rows of code jobs equal to what the application declares."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from schedrun.core.plan import fields
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.status import Origin
from schedrun.protocols import Transaction
from schedrun.scheduler import transitions
from schedrun.scheduler.declarations import Declaration
from schedrun.scheduler.planning import Planned, Planner
from schedrun.stores.faults import UnreadableJobError

log = logging.getLogger(__name__)


def register(
    tx: Transaction,
    declared: Iterable[Declaration],
    *,
    planner: Planner,
    new_uid: Callable[[], str],
    now: datetime,
) -> list[Planned]:
    """Record each declaration under its id: seen first, changed, back again or as it was."""
    return [_register(tx, one, planner=planner, new_uid=new_uid, now=now) for one in declared]


def bury_undeclared(
    tx: Transaction, declared: Mapping[str, Declaration], *, planner: Planner, now: datetime
) -> list[Planned]:
    """Make tombstones of the code jobs that the application no longer declares."""
    rows = [row for row in tx.jobs() if row.origin is Origin.CODE and row.key not in declared]
    return [transitions.remove(tx, row, planner=planner, now=now) for row in rows]


def _register(
    tx: Transaction, declared: Declaration, *, planner: Planner, new_uid: Callable[[], str], now: datetime
) -> Planned:
    row = _known(tx, declared.id)
    if row is None:
        fresh = RecordedJob(new_uid(), declared.id, Origin.CODE, declared.spec, cursor=now)
        return Planned(transitions.first_sight(tx, fresh, planner=planner, now=now))
    wanted = row._replace(spec=declared.spec)
    if row.removed_at is not None:
        return Planned(transitions.revive(tx, wanted, planner=planner, now=now))
    if fields.same(row.spec, declared.spec):
        return Planned(row)
    rescheduled = fields.schedule_differs(row.spec, declared.spec)
    return transitions.amend(tx, row, after=wanted, planner=planner, rescheduled=rescheduled, now=now)


def _known(tx: Transaction, job_id: str) -> RecordedJob | None:
    try:
        return tx.job_by_key(job_id)
    except UnreadableJobError as error:
        # The application says the job anew, so the row gives way to it: one old row must not keep all from starting.
        facts = {"event": "job_begun_anew", "job": job_id, "error": str(error)}
        log.warning("Recorded job cannot be read and begins anew", extra=facts)
        return None
