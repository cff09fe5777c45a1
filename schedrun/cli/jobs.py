"""`schedrun jobs`: every job, how it stands and when it fires next."""

from datetime import datetime
from pathlib import Path

import click

from schedrun.cli import options, output, reading
from schedrun.clock import SystemClock
from schedrun.core.schedule import fires
from schedrun.protocols import Reader
from schedrun.render import job_view, jobs_json, jobs_table
from schedrun.render.job_view import JobView
from schedrun.scheduler import standings


@click.command("jobs")
@options.state_option
@options.format_option("text", "json")
def command(state: Path, output_format: str) -> None:
    """List the jobs that the state holds, how each stands and when it fires next.

    A paused job's next fire is the first after its pause ends; one paused without an end has none.
    """
    now = SystemClock().now()
    jobs = reading.ask(state, lambda reader: views(reader, now=now))
    if output_format == "json":
        output.print_json(jobs_json.jobs_view(jobs))
    else:
        medium = output.medium()
        output.print_text(jobs_table.text(jobs, now=now, width=medium.width, paint=medium.paint))


def views(reader: Reader, *, now: datetime) -> list[JobView]:
    """Return the live jobs ordered by key, as they stand at `now` (aware)."""
    jobs = reader.jobs()
    stand = standings.of(
        reader,
        jobs,
        fires=lambda job: fires.of(job.spec, key=job.key),
        now=now,
        active=reader.active_runs(),
        last=reader.last_finished(),
    )
    return [job_view.of(job, standing) for job, standing in zip(jobs, stand, strict=True)]
