"""`schedrun runs`: what has run, and what never ran and why."""

from pathlib import Path

import click

from schedrun.cli import job_argument, options, output
from schedrun.clock import SystemClock
from schedrun.core.ids import JobKey
from schedrun.protocols import Reader
from schedrun.render import runs_json, runs_table
from schedrun.render.history import History
from schedrun.stores.readonly import open_reader


@click.command("runs")
@click.argument("job", required=False)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    default=20,
    show_default=True,
    help="How many of each, at most.",
)
@options.state_option
@options.format_option("text", "json")
def command(job: str | None, limit: int, state: Path, output_format: str) -> None:
    """List the newest runs of JOB (`set/id`, or the id where it is unique) or of all jobs, newest first.

    Below them stand the newest spans: fires that never became a run, and why.
    """
    with open_reader(state) as ledger:
        history = ledger.read(lambda reader: _history(reader, job, limit))
    if output_format == "json":
        output.print_json(runs_json.runs_view(history))
    else:
        medium = output.medium()
        now = SystemClock().now()
        output.print_text(runs_table.text(history, now=now, width=medium.width, paint=medium.paint))


def _history(reader: Reader, job: str | None, limit: int) -> History:
    key = None if job is None else _key(reader, job)
    runs, spans = reader.runs(key=key, limit=limit), reader.spans(key=key, limit=limit)
    uids = {run.job_uid for run in runs} | {span.job_uid for span in spans}
    return History(runs=runs, spans=spans, keys=reader.keys(uids))


def _key(reader: Reader, job: str) -> JobKey:
    return job_argument.find(job, {row.key for row in reader.jobs(tombstones=True)})
