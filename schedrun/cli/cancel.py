"""`schedrun cancel`: end a run that waits or runs."""

from pathlib import Path

import click

from schedrun.cli import control, options, recorded
from schedrun.reconcile import verbs
from schedrun.render import control_text
from schedrun.stores import readonly


@click.command("cancel")
@click.argument("run")
@options.state_option
@options.format_option("text", "json")
def command(run: str, state: Path, output_format: str) -> None:
    """End RUN, given by its id or by as much of the id's beginning as no other run has.

    A run that waits, for its turn or for its next attempt, is cancelled at once. One that runs is asked to end
    (SIGTERM) and is killed when `kill_after` has passed; the command does not wait for it. A run that has ended is
    refused with its status, and the exit code is 1.
    """
    run_id = readonly.ask(state, lambda reader: recorded.run(reader, run)).id
    control.show(control.act(state, verbs.CANCEL, run=run_id), control_text.cancelled, output_format=output_format)
