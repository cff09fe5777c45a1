"""`schedrun why`: why one occurrence ran, or did not."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import click

from schedrun.cli import instants, options, output, reading, recorded
from schedrun.clock import SystemClock
from schedrun.core.run import why
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.why import Answer, Finding, Occurrence, Surroundings, Window
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import BEGINNING, Fires
from schedrun.protocols import Reader
from schedrun.render import why_json, why_text

_LAST_DAYS = timedelta(days=7)


@click.command("why")
@click.argument("occurrence", metavar="JOB@TIME")
@options.state_option
@options.format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, occurrence: str, state: Path, output_format: str) -> None:
    """Say in one sentence why JOB ran at TIME, or why it did not.

    JOB is `set/id`, or the id where it is unique; removed jobs are known too. TIME is the fire time as `schedrun runs`
    prints it, to the second or finer; without an offset it is read in the job's time zone. Exit code 1 when the job is
    not due at that time at all.
    """
    name, at_sign, time = occurrence.rpartition("@")
    if not at_sign or not name:
        raise click.UsageError("say JOB@TIME, such as billing/close-day@2026-12-01T03:17:00Z")
    now = SystemClock().now()

    def query(reader: Reader) -> Answer:
        job = recorded.job(reader, name, tombstones=True)
        down_since = reading.down_since(reader, state, now=now)
        return _answer(
            reader, job, window=instants.window(time, zone=job.spec.timezone), now=now, down_since=down_since
        )

    answer = reading.ask(state, query)
    if output_format == "json":
        output.print_json(why_json.why_view(answer, now=now))
    else:
        output.print_text(why_text.text(answer, now=now))
    if answer.finding is Finding.NEVER_DUE:
        ctx.exit(1)


def _answer(reader: Reader, job: RecordedJob, *, window: Window, now: datetime, down_since: datetime | None) -> Answer:
    compiled = fires.of(job.spec, key=job.key)
    found = _look(reader, job, window=window, compiled=compiled)
    if found is None and compiled.offset and why.nominal(window, compiled) is None:
        # Perhaps the time is when it was carried out, which is later by the spread offset.
        earlier = window.earlier(compiled.offset)
        found = _look(reader, job, window=earlier, compiled=compiled)
        if found is not None or why.nominal(earlier, compiled) is not None:
            window = earlier
    around = replace(_surroundings(reader, job, window=window, compiled=compiled, found=found), down_since=down_since)
    return why.explain(job, compiled, window=window, occurrence=found, around=around, now=now)


def _look(reader: Reader, job: RecordedJob, *, window: Window, compiled: Fires) -> Occurrence | None:
    return why.choose(
        window,
        compiled,
        runs=reader.runs_between(job.uid, first=window.first, last=window.last),
        spans=reader.spans_over(job.uid, first=window.first, last=window.last),
    )


def _surroundings(
    reader: Reader, job: RecordedJob, *, window: Window, compiled: Fires, found: Occurrence | None
) -> Surroundings:
    at = window.first if found is None else found.fire_time
    due = at + compiled.offset
    run, span = (None, None) if found is None else (found.run, found.span)
    return Surroundings(
        sessions=reader.sessions_around(due),
        no_service_yet=reader.last_session() is None,
        events=reader.events_after(due),
        attempts=() if run is None else reader.attempts(run.id),
        active=() if run is None else reader.active_runs(job.uid),
        blocker=None if span is None or span.blocked_by is None else reader.run(span.blocked_by),
        forgotten=reader.forgotten(job.uid) if found is None else None,
        seen_before=found is None and why.nominal(window, compiled) is not None and _seen_before(reader, job, at=at),
    )


def _seen_before(reader: Reader, job: RecordedJob, *, at: datetime) -> bool:
    # Verdicts and not runs, which carry what was printed; and where a look at the last days does, not all of them.
    return any(reader.verdicts(job.uid, after=after, until=at) for after in (at - _LAST_DAYS, BEGINNING))
