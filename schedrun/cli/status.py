"""`schedrun status`: whether the live jobs are what the manifests say."""

from pathlib import Path

import click

from schedrun.cli import options, output, reading, recorded
from schedrun.clock import SystemClock
from schedrun.core.errors import StateMissingError
from schedrun.render import status_json, status_text


@click.command("status")
@options.state_option
@options.format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, state: Path, output_format: str) -> None:
    """Show the applied revision, broken files, blocked removals and late jobs.

    Exit code 0: the live jobs are what the manifests say, 1: degraded (something is broken or blocked), or
    there is no state yet.
    """
    sync, session, unreadable, jobs, late = reading.ask(
        state,
        lambda reader: (
            *(reader.sync(), reader.last_session(), reader.unreadable(), reader.uids()),
            recorded.late(reader),
        ),
    )
    if sync is None and session is None and not jobs:
        raise StateMissingError(str(state))  # a file without anything in it is none yet
    if output_format == "json":
        output.print_json(status_json.status_view(sync, unreadable))
    else:
        now, paint = SystemClock().now(), output.medium().paint
        text = status_text.text(sync, session, now=now, unreadable=unreadable, late=late, paint=paint)
        output.print_text(text)
    if status_json.degraded(sync, unreadable):
        ctx.exit(1)
