"""`schedrun runs show`: everything that is known of one run."""

from datetime import datetime
from pathlib import Path

import click

from schedrun.cli import options, output, reading, recorded
from schedrun.clock import SystemClock
from schedrun.core.errors import RunNotFoundError
from schedrun.core.run.run import Run
from schedrun.core.schedule import fires
from schedrun.protocols import Reader
from schedrun.render import run_json, run_text
from schedrun.render.run_details import RunDetails


@click.command("show")
@click.argument("run", metavar="ID")
@options.state_option
@options.format_option("text", "json")
def command(run: str, state: Path, output_format: str) -> None:
    """Show every fact of the run ID and of its attempts; ID may be as much of its beginning as no other run has."""
    now = SystemClock().now()
    details = reading.ask(state, lambda reader: _details(reader, recorded.run(reader, run), state=state, now=now))
    if output_format == "json":
        output.print_json(run_json.details_view(details))
    else:
        medium = output.medium()
        output.print_text(run_text.text(details, now=now, width=medium.width, paint=medium.paint))


def _details(reader: Reader, run: Run, *, state: Path, now: datetime) -> RunDetails:
    job = reader.job(run.job_uid)
    if job is None:
        raise RunNotFoundError(run.id)
    offset = fires.of(job.spec, key=job.key).offset
    logs = {
        number: path
        for number in range(1, run.attempt + 1)
        if (path := recorded.log(state, run.id, attempt=number)).exists()
    }
    down_since = reading.down_since(reader, state, now=now)
    return RunDetails(run, job, run.fire_time + offset, reader.attempts(run.id), logs, down_since)
