"""A job that fires every quarter of an hour, last planned at ten past eleven and looked at five past noon."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.spec.job import Job
from schedrun.core.status import SpanStatus
from tests.core.plan.builders import NOON, row
from tests.reconcile.ledger import Ledger

KEY, UID = "a/one", "uid of a/one"
NOW = NOON + timedelta(minutes=5)
CURSOR = NOON - timedelta(minutes=50)
"""Four quarters of an hour lie between the two: 11:15, 11:30, 11:45 and 12:00."""


def at(hour: int, minute: int = 0) -> datetime:
    """Return an instant of the day."""
    return NOON.replace(hour=hour, minute=minute)


def ledger(*rows: RecordedJob) -> Ledger:
    """Return a ledger at five past noon that holds these rows."""
    held = Ledger(NOW)
    for each in rows:
        held.put(each)
    return held


def behind(spec: Job | None = None, **other: Any) -> RecordedJob:
    """Return a row that was planned at ten past eleven and not since."""
    return row(KEY, spec, **{"cursor": CURSOR, **other})


def fire_times(runs: Sequence[Run]) -> list[datetime]:
    """Return when the runs were due."""
    return [run.fire_time for run in runs]


QUARTER_PAST = at(11, 15)


def skipped(
    reason: str, first: datetime = QUARTER_PAST, last: datetime = NOON, count: int = 4, *, decided: datetime = NOW
) -> Span:
    """Return the span over what was due between cursor and now."""
    return Span(UID, first, last, count, SpanStatus.SKIPPED, reason, decided)


def assert_planned_under_the_old_schedule(held: Ledger) -> None:
    """Of what was due every quarter of an hour the latest runs, the rest is superseded."""
    assert [NOON] == fire_times(held.runs(KEY))
    assert [(at(11, 15), at(11, 45), 3, SpanStatus.SUPERSEDED)] == [
        (span.first, span.last, span.count, span.status) for span in held.spans(KEY)
    ]
