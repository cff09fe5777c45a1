"""What the charts of a job are made of."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from schedrun.core.run.mark import Mark
from schedrun.core.schedule import fires
from schedrun.core.spec.job import Job
from schedrun.core.status import RunKind, RunStatus
from schedrun.web.pages import job
from schedrun.web.pages.clock_face import ClockFace
from tests.contracts.ledger import at

FACE = ClockFace(ZoneInfo("UTC"), at(0))
NONE = timedelta(0)


def mark(
    fire: float, begun: float | None, ended: float | None, *, attempt: int = 1, kind: RunKind = RunKind.SCHEDULED
) -> Mark:
    status = RunStatus.RUNNING if ended is None else RunStatus.SUCCEEDED
    instants = (None if seconds is None else at(seconds) for seconds in (begun, ended))
    return Mark("r", "u", at(fire), kind, status, attempt, *instants)


def test_measures_from_the_oldest_on() -> None:
    """How long each took, and how late it began."""
    measures = job.measured([mark(60, 65, 95), mark(0, 1, 5)], offset=NONE, face=FACE)
    took, late = measures.took, measures.late
    assert [4, 30] == [dot.seconds for dot in took]
    assert [1, 5] == [dot.seconds for dot in late]
    assert "Sun 1 Mar 00:00:00: succeeded, took 4 s" == took[0].words
    assert "Sun 1 Mar 00:01:00: succeeded, late by 5 s" == late[1].words


def test_lateness_counts_from_the_delay_of_the_spread() -> None:
    """A run that begins with its delay is on time."""
    measures = job.measured([mark(0, 12, 20)], offset=timedelta(seconds=10), face=FACE)
    assert [2] == [dot.seconds for dot in measures.late]


def test_leaves_out_what_says_nothing() -> None:
    """What has not begun, or not ended; retries and runs by hand say nothing of lateness."""
    marks = [
        mark(0, None, None),
        mark(0, 3, None),
        mark(0, 90, 95, attempt=2),
        mark(0, 1, 9, kind=RunKind.MANUAL),
    ]
    measures = job.measured(marks, offset=NONE, face=FACE)
    assert [8, 5] == [dot.seconds for dot in measures.took]
    assert [3] == [dot.seconds for dot in measures.late]


def test_says_in_numbers_what_the_charts_show() -> None:
    """Of more runs than there are dots; nothing of none."""
    marks = [mark(n, n, n + (60 if n % 20 == 0 else 2)) for n in range(job.MARKS)]
    measures = job.measured(marks, offset=NONE, face=FACE)
    assert job.DOTS == len(measures.took)
    assert "half took at most 2 s, 95 % 2 s" == measures.took_words
    assert "half began within 0 s, 95 % 0 s" == measures.late_words
    assert "200 of the last 200 succeeded" == measures.well_words
    assert ("", "", "") == job.measured([], offset=NONE, face=FACE)[2:]


def test_days_are_those_of_the_jobs_clock() -> None:
    """Today counts what is left of it; the day on which clocks go forward has an hour less."""
    zone = ZoneInfo("Europe/Berlin")
    spec = Job.model_validate(
        {"schedule": {"every": "1h"}, "target": {"command": ["true"]}, "timezone": "Europe/Berlin"}
    )
    now = at(0) + timedelta(days=27, hours=20, minutes=30)  # Saturday 28 March, 21:30 in Berlin
    days = job._days(fires.of(spec, key="a/b"), today=date(2026, 3, 28), zone=zone, now=now)
    assert (2, 23, 24) == (days[date(2026, 3, 28)], days[date(2026, 3, 29)], days[date(2026, 3, 30)])
    assert date(2026, 3, 27) not in days
