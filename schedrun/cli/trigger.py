"""`schedrun trigger`: run a job now, beside its schedule."""

from pathlib import Path

import click

from schedrun.cli import control, options, recorded
from schedrun.reconcile import verbs
from schedrun.render import control_text
from schedrun.stores import readonly


@click.command("trigger")
@click.argument("job")
@options.state_option
@options.format_option("text", "json")
def command(job: str, state: Path, output_format: str) -> None:
    """Run JOB (`set/id`, or the id where it is unique) now, beside its schedule and also while it is paused.

    The job's `overlap` decides as about any fire: a run that `forbid` refuses is not recorded, the run in its way is
    named, and the exit code is 1. Prints the run's id and status; the command does not wait for its end.
    """
    key = readonly.ask(state, lambda reader: recorded.job(reader, job)).key
    control.show(control.act(state, verbs.TRIGGER, job=key), control_text.triggered, output_format=output_format)
