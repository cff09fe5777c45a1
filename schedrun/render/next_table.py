"""Fires to come, for people: on the job's own clock, in UTC, and how far away."""

from collections.abc import Sequence
from datetime import datetime

from schedrun.core.spec.instant import utc_text
from schedrun.render import table
from schedrun.render.instants import local_text, relative, to_the_second
from schedrun.render.paint import Paint, Tone, unpainted
from schedrun.render.table import Cell, Column, Table
from schedrun.render.upcoming_fire import UpcomingFire

_JOB = Column("JOB")
_COLUMNS = (Column("LOCAL"), Column("UTC", optional=2), Column("IN", optional=1))


def text(fires: Sequence[UpcomingFire], *, now: datetime, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return a table of the fires in the order given, or a sentence when there are none.

    Distances count from `now`. The column of jobs is left out where the fires belong to none.
    """
    if not fires:
        return "No fire is left."
    named = any(fire.job is not None for fire in fires)
    rows = tuple(_row(fire, now)[0 if named else 1 :] for fire in fires)
    return table.text(Table((_JOB, *_COLUMNS) if named else _COLUMNS, rows), width=width, paint=paint)


def _row(fire: UpcomingFire, now: datetime) -> tuple[Cell, ...]:
    at = to_the_second(fire.at)
    return (
        Cell(fire.job or "", Tone.STRONG),
        Cell(local_text(at, fire.zone)),
        Cell(utc_text(at), Tone.FAINT),
        Cell(relative(fire.at, now=now)),
    )
