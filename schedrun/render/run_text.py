"""One run with everything that is known of it, for people: its facts line by line, then its attempts."""

from collections.abc import Iterator
from datetime import datetime

from schedrun.core.spec.instant import utc_text
from schedrun.core.status import RunKind, RunStatus
from schedrun.render import table
from schedrun.render.counting import counted
from schedrun.render.instants import elapsed, local_text, relative, to_the_second
from schedrun.render.paint import Paint, Tone, unpainted
from schedrun.render.run_details import RunDetails
from schedrun.render.runs_table import RUN_TONES, at_the_next_start, last_heard_of, short_id, took
from schedrun.render.table import Cell, Column, Table

_COLUMNS = (
    Column("ATTEMPT"),
    Column("STATUS"),
    Column("STARTED"),
    Column("TOOK"),
    Column("CODE"),
    Column("ERROR", wraps=True),
    Column("OUTPUT"),
)


def text(details: RunDetails, *, now: datetime, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return the run's facts, one a line, and where it was ever started a table of its attempts."""
    facts = table.facts(
        f"run {details.run.id} of {details.job.key}", tuple(_facts(details, now)), width=width, paint=paint
    )
    rows = tuple(_attempts(details, now))
    return f"{facts}\n\n{table.text(Table(_COLUMNS, rows), width=width, paint=paint)}" if rows else facts


def _facts(details: RunDetails, now: datetime) -> Iterator[tuple[str, Cell]]:
    run, zone = details.run, details.job.spec.timezone
    yield "status", Cell(run.status, RUN_TONES[run.status])
    if run.status is RunStatus.RUNNING and details.down_since is not None:
        heard = last_heard_of(run, details.down_since)
        said = f"last heard of {utc_text(to_the_second(heard))} ({relative(heard, now=now)}); {at_the_next_start(run)}"
        yield "service", Cell(said, Tone.WARN)
    asked = run.kind is RunKind.MANUAL
    yield "asked for" if asked else "fire time", Cell(f"{utc_text(run.fire_time)} ({relative(run.fire_time, now=now)})")
    if zone not in {None, "UTC"}:
        yield "local time", Cell(f"{local_text(run.fire_time, zone)} {zone}")
    if details.due != run.fire_time and not asked:
        yield "due", Cell(utc_text(details.due))
    yield "kind", Cell(run.kind)
    yield "queued", Cell(utc_text(run.queued_at))
    if run.attempt:
        # What the retries of today allow says nothing about a run that is over.
        allowed = f" of {max(details.job.spec.retries.max + 1, run.attempt)}" if run.status.active else ""
        yield "attempt", Cell(f"{run.attempt}{allowed}")
    if run.started_at is not None:
        yield "started", Cell(utc_text(run.started_at))
    if run.finished_at is not None:
        yield "ended", Cell(utc_text(run.finished_at))
    if took(run):
        yield "took", Cell(took(run))
    if run.retry_at is not None:
        yield "next attempt", Cell(f"{utc_text(run.retry_at)} ({relative(run.retry_at, now=now)})")
    if run.exit_code is not None:
        yield "exit code", Cell(str(run.exit_code))
    if run.error:
        yield "error", Cell(run.error, Tone.BAD)
    if run.attempt:
        yield "output", Cell(_output(details, run.attempt, kept=run.output))


def _attempts(details: RunDetails, now: datetime) -> Iterator[tuple[Cell, ...]]:
    for attempt in details.attempts:
        yield (
            Cell(f"attempt {attempt.number}"),
            Cell(attempt.status, RUN_TONES[attempt.status]),
            Cell(utc_text(to_the_second(attempt.started_at))),
            Cell(elapsed(attempt.started_at, attempt.finished_at)),
            Cell("" if attempt.exit_code is None else str(attempt.exit_code)),
            Cell(attempt.error or ""),
            Cell(_where(details, attempt.number, kept=attempt.output)),
        )
    run = details.run
    if run.status is RunStatus.RUNNING and run.started_at is not None:
        going = f"for {elapsed(run.started_at, now)}"
        started = utc_text(to_the_second(run.started_at))
        rest = (Cell(""), Cell(""), Cell(_where(details, run.attempt, kept=None)))
        yield Cell(f"attempt {run.attempt}"), Cell(run.status, Tone.ACTIVE), Cell(started), Cell(going), *rest


def _output(details: RunDetails, attempt: int, *, kept: str | None) -> str:
    command = f"`schedrun runs logs {short_id(details.run.id)}`"
    log = details.log_of(attempt)
    if log is not None:
        return f"{command}, all of it in {log}"
    return f"{_size(kept)}; {command}" if kept else "none"


def _where(details: RunDetails, attempt: int, *, kept: str | None) -> str:
    log = details.log_of(attempt)
    return _size(kept) if log is None else f"in {log.name}"


def _size(kept: str | None) -> str:
    return f"{len(kept.encode('utf-8', 'replace')):,} bytes, {counted(_lines(kept), 'line')}" if kept else ""


def _lines(kept: str) -> int:
    return kept.count("\n") + (not kept.endswith("\n"))
