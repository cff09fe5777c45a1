"""`/jobs/JOB`: one job, when it fires, and how its runs went."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple, assert_never
from zoneinfo import ZoneInfo

from schedrun.core.ids import JobKey
from schedrun.core.run import pauses
from schedrun.core.run.lateness import Expectation, Late
from schedrun.core.run.mark import Mark
from schedrun.core.run.page import Placed, RunFilter
from schedrun.core.run.pauses import EffectivePause
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import BEGINNING, TICK, Fires
from schedrun.core.spec.zone import zone_of
from schedrun.core.status import RunKind, RunStatus
from schedrun.protocols import Reader
from schedrun.render.instants import length
from schedrun.render.job_view import JobView
from schedrun.web.charts import calendar, strip
from schedrun.web.charts.dots import Dot
from schedrun.web.pages import frame
from schedrun.web.pages.clock_face import ClockFace
from schedrun.web.pages.frame import Surroundings
from schedrun.web.views import Views

RUNS = 10
SPANS = 3
DOTS = 40
"""How many runs the charts show."""
MARKS = 200
"""How many runs the numbers beside the charts count."""


class JobPage(NamedTuple):
    """All that the page shows."""

    around: Surroundings
    job: RecordedJob
    view: JobView
    fires: Fires
    zone: ZoneInfo
    pause: EffectivePause | None
    next_fires: Sequence[datetime]
    days: Mapping[date, int]
    unmet: str | None
    """What it had to do in time and did not, in words; None where it is not late."""
    today: date
    marks: Sequence[Mark]
    runs: Sequence[Placed[Run]]
    spans: Sequence[Placed[Span]]
    active: Sequence[Run]


def ask(reader: Reader, views: Views, key: JobKey, *, now: datetime) -> JobPage | None:
    """Return what the page of a job shows, live or removed; None when there is none of that name."""
    job = reader.job_by_key(key)
    if job is None:
        return None
    view = views.of(reader, [job], now=now)[0]
    compiled, zone = views.compiled(job), zone_of(job.spec.timezone or "UTC")
    today = now.astimezone(zone).date()
    return JobPage(
        around=frame.ask(reader),
        job=job,
        view=view,
        fires=compiled,
        zone=zone,
        pause=pauses.holding(job, now),
        next_fires=views.next_fires(job, view),
        days={} if job.removed_at is not None else _days(compiled, today=today, zone=zone, now=now),
        unmet=None if view.late is None else _unmet(job, view.late),
        today=today,
        marks=reader.marks([job.uid], limit=MARKS).get(job.uid, ()),
        runs=reader.runs_page(RunFilter(job_uid=job.uid), limit=RUNS),
        spans=reader.spans_page(job_uid=job.uid, limit=SPANS),
        active=reader.active_runs(job.uid),
    )


class Measures(NamedTuple):
    """How long runs took, and how long after they were due they began: of the newest, oldest first, and in numbers.

    Of those with several attempts it is the last one that took so long, and none that says when it ought to have begun.
    """

    took: Sequence[Dot]
    late: Sequence[Dot]
    took_words: str
    late_words: str
    well_words: str


def measured(marks: Sequence[Mark], *, offset: timedelta, face: ClockFace) -> Measures:
    """Return the measures of a job's runs, given newest first; `offset` is how long its spread delays them."""
    ended = [mark for mark in marks if mark.started_at is not None and mark.finished_at is not None]
    timely = [mark for mark in marks if mark.attempt == 1 and mark.started_at and mark.kind is RunKind.SCHEDULED]
    took = [_seconds(mark.started_at, mark.finished_at) for mark in ended]
    late = [_seconds(mark.fire_time + offset, mark.started_at) for mark in timely]
    return Measures(
        took=_dots(ended, took, verb="took", face=face),
        late=_dots(timely, late, verb="late by", face=face),
        took_words=_spread("half took at most", took),
        late_words=_spread("half began within", late),
        well_words=_well(ended),
    )


def _dots(marks: Sequence[Mark], seconds: Sequence[float], *, verb: str, face: ClockFace) -> list[Dot]:
    newest = list(zip(marks[:DOTS], seconds, strict=False))
    return [
        Dot(
            lasted,
            strip.kind_of(mark.status),
            f"{face.words(mark.fire_time)}: {strip.words(mark.status)}, {verb} {length(timedelta(seconds=lasted))}",
            face.words(mark.fire_time),
        )
        for mark, lasted in reversed(newest)
    ]


def _seconds(begin: datetime | None, end: datetime | None) -> float:
    assert begin is not None  # the callers have looked
    assert end is not None
    return max((end - begin).total_seconds(), 0.0)  # a clock that was set back meanwhile


def _spread(words: str, seconds: Sequence[float]) -> str:
    """Return what half and what nearly all of the values stay below."""
    if not seconds:
        return ""
    ordered = sorted(seconds)
    half, most = (length(timedelta(seconds=ordered[int(share * (len(ordered) - 1))])) for share in (0.5, 0.95))
    return f"{words} {half}, 95 % {most}"


def _well(ended: Sequence[Mark]) -> str:
    well = sum(mark.status is RunStatus.SUCCEEDED for mark in ended)
    return f"{well} of the last {len(ended)} succeeded" if ended else ""


def _unmet(job: RecordedJob, late: Late) -> str:
    match late.expectation:
        case Expectation.MUST_FINISH_BY:
            return f"it had to finish by {job.spec.must_finish_by}, {job.spec.timezone or 'UTC'}"
        case Expectation.MUST_SUCCEED_WITHIN:
            return f"it had to succeed within {length(job.spec.must_succeed_within or timedelta(0))}"
        case _:
            assert_never(late.expectation)


def _days(compiled: Fires, *, today: date, zone: ZoneInfo, now: datetime) -> dict[date, int]:
    """Return how many fires each of the calendar's days still has, on the job's own clock."""
    counts = dict(_whole_days(compiled, today, zone))
    counts[today] = _count(compiled, today, zone, after=now)
    return {day: number for day, number in counts.items() if number}


@lru_cache(maxsize=1000)
def _whole_days(compiled: Fires, today: date, zone: ZoneInfo) -> tuple[tuple[date, int], ...]:
    """Return the number of fires of each day from tomorrow on: they stay the same all day."""
    return tuple((day, _count(compiled, day, zone)) for day in calendar.days(today) if day > today)


def _count(compiled: Fires, day: date, zone: ZoneInfo, *, after: datetime = BEGINNING) -> int:
    begin, end = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    first, last = max(begin - TICK, after) - compiled.offset, end - TICK - compiled.offset
    return fires.count(compiled, after=first, until=last) if first < last else 0


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
