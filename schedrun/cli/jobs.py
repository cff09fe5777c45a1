"""`schedrun jobs`: every job, how it stands and when it fires next."""

from collections import defaultdict
from datetime import datetime
from pathlib import Path

import click

from schedrun.cli import options, output, reading
from schedrun.clock import SystemClock
from schedrun.core.run.job_status import standing
from schedrun.core.run.run import Run
from schedrun.core.schedule import fires
from schedrun.protocols import Reader
from schedrun.render import job_view, jobs_json, jobs_table
from schedrun.render.job_view import JobView
from schedrun.scheduler import ahead


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
    active: defaultdict[str, list[Run]] = defaultdict(list)
    for run in reader.active_runs():
        active[run.job_uid].append(run)
    last, jobs = reader.last_finished(), reader.jobs()
    ran_ahead = ahead.of(reader, jobs, now=now)
    return [
        job_view.of(
            job,
            standing(
                job,
                fires.of(job.spec, key=job.key),
                active=active.get(job.uid, ()),
                last=last.get(job.uid),
                now=now,
                ahead=ran_ahead.get(job.uid, ()),
            ),
        )
        for job in jobs
    ]
