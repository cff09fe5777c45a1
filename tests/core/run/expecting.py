"""Jobs that declare expectations on time, and what is kept of them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from schedrun.core.run import lateness
from schedrun.core.run.lateness import Judged, Lateness
from schedrun.core.run.recorded import RecordedJob
from tests.core.run.recorded_jobs import a_job, compiled


def day(text: str) -> datetime:
    """Return an instant of June 2026, which begins on a Monday: `2 06:00` is in UTC."""
    number, _, clock = text.partition(" ")
    hours, minutes = (clock or "00:00").split(":")
    return datetime(2026, 6, int(number), int(hours), int(minutes), tzinfo=UTC)


def daily(cursor: str = "2 02:00", *, row: dict[str, Any] | None = None, **spec: Any) -> RecordedJob:
    """Return a job that fires at two o'clock and must have succeeded by six."""
    facts: dict[str, Any] = {"schedule": {"cron": "0 2 * * *"}, "must_finish_by": "06:00"} | spec
    return a_job(day(cursor), row=row, **facts)


def within(
    length: str = "26h", *, cursor: str = "2 02:00", row: dict[str, Any] | None = None, **spec: Any
) -> RecordedJob:
    return daily(cursor, row=row, must_finish_by=None, must_succeed_within=length, **spec)


def kept(job: RecordedJob, since: str = "1 12:00", **fields: Any) -> Lateness:
    return replace(lateness.begun(job, newest=None, now=day(since)), **fields)


def judge(job: RecordedJob, before: Lateness, now: str, *, completed: bool = False) -> Judged:
    return lateness.judge(job, compiled(job), before, completed=completed, now=day(now))


def breaches(judged: Judged) -> list[tuple[str, datetime]]:
    return [(str(late.expectation), late.since) for late in judged.breaches]
