"""Jobs for people: how each stands, and when it fires next, in words and on its own clock."""

from collections.abc import Sequence
from datetime import datetime

from schedrun.core.status import JobStatus
from schedrun.render import table
from schedrun.render.instants import local_text, relative, to_the_second
from schedrun.render.job_view import JobView
from schedrun.render.paint import Paint, Tone, unpainted
from schedrun.render.table import Cell, Column, Table

_COLUMNS = (
    Column("JOB"),
    Column("STATUS"),
    Column("NEXT FIRE"),
    Column("AT", optional=1),
    Column("SCHEDULE", wraps=True),
    Column("DECLARED IN", optional=2),
)
_TONES = {
    JobStatus.PENDING: Tone.PLAIN,
    JobStatus.RUNNING: Tone.ACTIVE,
    JobStatus.COMPLETED: Tone.FAINT,
    JobStatus.FAILED: Tone.BAD,
    JobStatus.PAUSED: Tone.WARN,
    JobStatus.DISABLED: Tone.WARN,
}


def text(jobs: Sequence[JobView], *, now: datetime, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return a table of the jobs in the order given, or one line that says there are none."""
    if not jobs:
        return "No jobs."
    return table.text(Table(_COLUMNS, tuple(_row(job, now) for job in jobs)), width=width, paint=paint)


def _row(job: JobView, now: datetime) -> tuple[Cell, ...]:
    return (
        Cell(job.job, Tone.STRONG),
        Cell(job.status, _TONES[job.status]) if job.late is None else Cell(f"{job.status}, late", Tone.BAD),
        Cell("never" if job.next_fire is None else relative(job.next_fire, now=now)),
        Cell("" if job.next_fire is None else local_text(to_the_second(job.next_fire), job.zone)),
        Cell(job.schedule),
        Cell("code" if job.file is None else f"{job.file}:{job.line}", Tone.FAINT),
    )
