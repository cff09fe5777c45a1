"""`schedrun resume`: lift the pause that was laid over a job."""

from functools import partial
from pathlib import Path

import click

from schedrun.cli import control, options, recorded
from schedrun.clock import SystemClock
from schedrun.reconcile import verbs
from schedrun.render import control_text
from schedrun.stores import readonly


@click.command("resume")
@click.argument("job")
@options.state_option
@options.format_option("text", "json")
def command(job: str, state: Path, output_format: str) -> None:
    """Lift the pause of JOB (`set/id`, or the id where it is unique); nothing of it is caught up.

    A pause that stands in the job's manifest is lifted there: it is named with file and line, and the exit code is 1.
    """
    key = readonly.ask(state, lambda reader: recorded.job(reader, job)).key
    performed = control.act(state, verbs.RESUME, job=key)
    words = partial(control_text.resumed, now=SystemClock().now())
    control.show(performed, words, output_format=output_format)
