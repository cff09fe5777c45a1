"""The runs to come, for people: in UTC, so that the order shows, and on each job's own clock."""

from schedrun.core.spec.instant import utc_text
from schedrun.render import table
from schedrun.render.forecast_calendar import Calendar
from schedrun.render.instants import local_text, to_the_second
from schedrun.render.paint import Paint, Tone, unpainted
from schedrun.render.table import Cell, Column, Table

_COLUMNS = (Column("UTC"), Column("LOCAL", optional=1), Column("JOB", wraps=True))


def text(calendar: Calendar, *, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return one row a run, or a sentence when there is none."""
    if not calendar.entries:
        return f"No run from {utc_text(calendar.begin)} to {utc_text(calendar.end)}."
    rows = tuple(
        (
            Cell(utc_text(to_the_second(entry.at)), Tone.FAINT),
            Cell(local_text(to_the_second(entry.at), entry.zone)),
            Cell(entry.job, Tone.STRONG),
        )
        for entry in calendar.entries
    )
    return table.text(Table(_COLUMNS, rows), width=width, paint=paint)
