"""Runs for people, newest first as given, and below them the occurrences that never ran."""

from datetime import datetime

from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.spec.instant import utc_text
from schedrun.core.status import RunStatus
from schedrun.render import table
from schedrun.render.history import History
from schedrun.render.instants import elapsed, relative, to_the_second
from schedrun.render.paint import Paint, Tone, unpainted
from schedrun.render.table import Cell, Column, Table

RUN_TONES = {
    RunStatus.QUEUED: Tone.FAINT,
    RunStatus.RUNNING: Tone.ACTIVE,
    RunStatus.SUCCEEDED: Tone.GOOD,
    RunStatus.FAILED: Tone.BAD,
    RunStatus.TIMED_OUT: Tone.BAD,
    RunStatus.CANCELLED: Tone.WARN,
    RunStatus.INTERRUPTED: Tone.BAD,
}
"""How each status of a run is meant."""

_RUN_COLUMNS = (
    Column("JOB"),
    Column("FIRE TIME"),
    Column("STATUS"),
    Column("STARTED", optional=3),
    Column("TOOK", optional=1),
    Column("ERROR", wraps=True),
    Column("RUN"),  # what `runs show`, `runs logs` and `cancel` ask for
)
_SPAN_COLUMNS = (
    Column("JOB"),
    Column("NEVER RAN"),
    Column("COUNT"),
    Column("FROM"),
    Column("TO"),
    Column("REASON", wraps=True),
)


def text(history: History, *, now: datetime, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return the table of runs and, where there are any, that of spans; a sentence when there is neither."""
    blocks = []
    if history.runs:
        rows = tuple(_run_row(run, history, now=now, whole_id=width is None) for run in history.runs)
        blocks.append(table.text(Table(_RUN_COLUMNS, rows), width=width, paint=paint))
    if history.spans:
        rows = tuple(_span_row(span, history) for span in history.spans)
        blocks.append(table.text(Table(_SPAN_COLUMNS, rows), width=width, paint=paint))
    return "\n\n".join(blocks) or "No runs yet."


def took(run: Run) -> str:
    """Return how long a finished run took, in words; nothing for one that has not started or ended."""
    return "" if run.started_at is None or run.finished_at is None else elapsed(run.started_at, run.finished_at)


def last_heard_of(run: Run, down_since: datetime) -> datetime:
    """Return when a running run's service gave its last sign of life: since its last heartbeat it may have started."""
    return down_since if run.started_at is None else max(down_since, run.started_at)


def at_the_next_start(run: Run) -> str:
    """Return what becomes of a running run whose service is gone; one that was asked to end says so in its error."""
    return f"the next start records it as {'interrupted' if run.error is None else 'cancelled'}"


def short_id(run_id: str) -> str:
    """Return as much of a run's id as tells the runs that a person looks at apart."""
    return run_id[:8]


def _run_row(run: Run, history: History, *, now: datetime, whole_id: bool) -> tuple[Cell, ...]:
    return (
        Cell(history.job_of(run), Tone.STRONG),
        Cell(utc_text(to_the_second(run.fire_time))),
        Cell(run.status, RUN_TONES[run.status]),
        Cell("" if run.started_at is None else relative(run.started_at, now=now)),
        Cell(took(run)),
        Cell(_error(run, history, now=now)),
        Cell(run.id if whole_id else short_id(run.id), Tone.FAINT),
    )


def _error(run: Run, history: History, *, now: datetime) -> str:
    """Return why the run failed, when it is attempted again where it waits for that, and whether nobody attends it."""
    if run.status is RunStatus.RUNNING and history.down_since is not None:
        heard = relative(last_heard_of(run, history.down_since), now=now)
        return f"its service was last heard of {heard}; {at_the_next_start(run)}"
    if run.retry_at is None:
        return run.error or ""
    again = f"attempt {run.attempt + 1} {relative(run.retry_at, now=now)}"
    return f"{run.error}; {again}" if run.error else again


def _span_row(span: Span, history: History) -> tuple[Cell, ...]:
    return (
        Cell(history.job_of(span), Tone.STRONG),
        Cell(span.status, Tone.WARN),
        Cell(str(span.count)),
        Cell(utc_text(to_the_second(span.first))),
        Cell(utc_text(to_the_second(span.last))),
        Cell(span.reason),
    )
