"""What a change must leave behind of the job as it was: a verdict for everything that had come due."""

from datetime import UTC, datetime

from schedrun.core.run import occurrences, pauses
from schedrun.core.run.occurrences import Verdicts
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.span import Span
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import BEGINNING, TICK, Fires
from schedrun.core.spec.schedule import OnceSchedule
from schedrun.core.status import SpanStatus
from schedrun.protocols import Transaction
from schedrun.scheduler.planning import Planned, Planner


def settle(
    tx: Transaction, row: RecordedJob, *, planner: Planner, now: datetime, start_waiting: bool = True
) -> Planned:
    """Give everything of `row` that is due at `now` its verdict, under the spec and key that it still has.

    While the job is paused the verdict is one `skipped` span, never a run. Without `start_waiting` what has waited in
    the queue goes on waiting.
    """
    planned = planner.plan_due(tx, row, now=now, start_waiting=start_waiting)
    pause = pauses.holding(planned.job, now)
    if pause is None:
        return planned
    return planned._replace(job=_skip(tx, planned.job, planner.fires(planned.job), reason=pause.reason, now=now))


def up_to_now(row: RecordedJob, compiled: Fires, *, now: datetime) -> RecordedJob:
    """Return the row with its cursor at the last nominal instant that can be due; it never goes back."""
    return _with_cursor(row, max(row.cursor, now - compiled.offset))


def miss_passed_instant(tx: Transaction, row: RecordedJob, *, planner: Planner, occasion: str, now: datetime) -> None:
    """Record a one-time instant behind the cursor as missed when it has no verdict yet.

    `occasion` ends the sentence "... had passed when ...".
    """
    if not isinstance(row.spec.schedule, OnceSchedule):
        return
    instant = fires.next_fire(planner.fires(row), after=BEGINNING)
    # An instant between the clock and a cursor ahead of it is still to come: planning follows the clock back.
    if instant is None or instant > min(row.cursor, now):
        return
    if tx.verdicts(row.uid, after=instant - TICK, until=instant):
        return
    # The instant is part of the reason: two of them must not become one span over all that lies between.
    reason = f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} had passed when {occasion}"
    span = Span(row.uid, instant, instant, 1, SpanStatus.MISSED, reason, now)
    planner.telling.record(tx, row, span, now=now)
    planner.judging.missed(tx, row, span)


def _skip(tx: Transaction, row: RecordedJob, compiled: Fires, *, reason: str, now: datetime) -> RecordedJob:
    until = now - compiled.offset
    verdicts: Verdicts = ()
    if row.covered_until is not None:
        verdicts = tx.verdicts(row.uid, after=row.cursor, until=until)
    spans = occurrences.skipped(row, compiled, until=until, reason=reason, verdicts=verdicts, now=now)
    for span in spans:
        tx.insert_span(span)
    return _with_cursor(row, spans[-1].last if spans else row.cursor)


def _with_cursor(row: RecordedJob, cursor: datetime) -> RecordedJob:
    still_covered = row.covered_until is not None and row.covered_until > cursor
    return row._replace(cursor=cursor, covered_until=row.covered_until if still_covered else None)
