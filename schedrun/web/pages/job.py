"""`/jobs/JOB`: one job, when it fires, and how its runs went."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from schedrun.core.ids import JobKey
from schedrun.core.run import pauses
from schedrun.core.run.mark import Mark
from schedrun.core.run.page import Placed, RunFilter
from schedrun.core.run.pauses import EffectivePause
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.schedule import fires
from schedrun.core.schedule.describe import describe
from schedrun.core.schedule.fires import TICK, Fires
from schedrun.core.spec.zone import zone_of
from schedrun.core.status import RunKind
from schedrun.protocols import Reader
from schedrun.render.instants import length
from schedrun.web.charts import calendar, strip
from schedrun.web.charts.dots import Dot
from schedrun.web.pages import frame
from schedrun.web.pages.board import Board, Row
from schedrun.web.pages.clock_face import ClockFace
from schedrun.web.pages.frame import Surroundings

RUNS = 20
SPANS = 10
FIRES = 5
_MARKS = 120
"""How many runs the charts show."""
_NONE = timedelta(0)


class JobPage(NamedTuple):
    """All that the page shows."""

    around: Surroundings
    row: Row
    schedule: str
    zone: ZoneInfo
    pause: EffectivePause | None
    next_fires: Sequence[datetime]
    days: Mapping[date, int]
    today: date
    marks: Sequence[Mark]
    runs: Sequence[Placed[Run]]
    spans: Sequence[Placed[Span]]
    active: Sequence[Run]


def ask(reader: Reader, board: Board, key: JobKey, *, now: datetime) -> JobPage | None:
    """Return what the page of a job shows, live or removed; None when there is none of that name."""
    job = reader.job_by_key(key)
    if job is None:
        return None
    row, zone = board.row(reader, job, now=now), zone_of(job.spec.timezone or "UTC")
    today = now.astimezone(zone).date()
    return JobPage(
        around=frame.ask(reader),
        row=row,
        schedule=describe(job.spec),
        zone=zone,
        pause=pauses.holding(job, now),
        next_fires=_next_fires(row),
        days={} if job.removed_at is not None else _days(row.fires, today, zone, now),
        today=today,
        marks=reader.marks([job.uid], limit=_MARKS).get(job.uid, ()),
        runs=reader.runs_page(RunFilter(job_uid=job.uid), limit=RUNS),
        spans=reader.spans_page(job_uid=job.uid, limit=SPANS),
        active=reader.active_runs(job.uid),
    )


def durations(marks: Sequence[Mark], face: ClockFace) -> list[Dot]:
    """Return how long the runs took, oldest first; of those with several attempts the last one."""
    return [
        _dot(mark, max(mark.finished_at - mark.started_at, _NONE), "took", face)
        for mark in reversed(marks)
        if mark.started_at is not None and mark.finished_at is not None
    ]


def latenesses(marks: Sequence[Mark], offset: timedelta, face: ClockFace) -> list[Dot]:
    """Return how long after they were due scheduled runs began, oldest first; retried ones no longer say it."""
    return [
        _dot(mark, max(mark.started_at - mark.fire_time - offset, _NONE), "late by", face)
        for mark in reversed(marks)
        if mark.started_at is not None and mark.attempt == 1 and mark.kind is RunKind.SCHEDULED
    ]


def _dot(mark: Mark, lasted: timedelta, verb: str, face: ClockFace) -> Dot:
    words = f"{face.words(mark.fire_time)}: {strip.words(mark.status)}, {verb} {length(lasted)}"
    return Dot(lasted.total_seconds(), strip.kind_of(mark.status), words)


def _next_fires(row: Row) -> list[datetime]:
    """Return the next fires, spread offset included; the first is the one that the board knows."""
    at = row.standing.next_fire
    found: list[datetime] = []
    while at is not None and len(found) < FIRES:
        found.append(at)
        nominal = fires.next_fire(row.fires, after=at - row.fires.offset)
        at = None if nominal is None else nominal + row.fires.offset
    return found


def _days(compiled: Fires, today: date, zone: ZoneInfo, now: datetime) -> dict[date, int]:
    """Return how many fires each of the calendar's days still has, on the job's own clock."""
    counts = {}
    for day in calendar.days(today):
        if day < today:
            continue
        begin, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
        after = max(begin - TICK, now) - compiled.offset
        until = end - TICK - compiled.offset
        if after < until and (number := fires.count(compiled, after=after, until=until)):
            counts[day] = number
    return counts


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(ZoneInfo("UTC"))
