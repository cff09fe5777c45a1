"""`schedrun runs`: what has run, and what never ran and why; one run's facts and its output are parts of it."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import click

from schedrun.cli import options, output, reading, recorded
from schedrun.clock import SystemClock
from schedrun.protocols import Reader
from schedrun.render import runs_json, runs_table
from schedrun.render.history import History


class Runs(click.Command):
    """The list by default; where the first word names a part, that part, imported on use."""

    parts: ClassVar[dict[str, str]] = {
        "show": "Show everything that is known of one run.",
        "logs": "Print what a run has printed.",
    }

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Return a context for the part that `args` begin with, else for the list."""
        if not args or args[0] not in self.parts:
            return super().make_context(info_name, args, parent, **extra)
        part = self.part(args[0])
        return part.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)

    def part(self, name: str) -> click.Command:
        """Import and return a part."""
        command: click.Command = import_module(f"schedrun.cli.runs_{name}").command
        return command

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the parts below the options."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.parts.items()))
        super().format_epilog(ctx, formatter)


@click.command("runs", cls=Runs)
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

    Below them stand the newest spans: fires that never became a run, and why. `schedrun runs show` and
    `schedrun runs logs` tell of one run.
    """
    now = SystemClock().now()
    history = reading.ask(
        state,
        lambda reader: replace(
            _history(reader, job, limit=limit), down_since=reading.down_since(reader, state, now=now)
        ),
    )
    if output_format == "json":
        output.print_json(runs_json.runs_view(history))
    else:
        medium = output.medium()
        output.print_text(runs_table.text(history, now=now, width=medium.width, paint=medium.paint))


def _history(reader: Reader, job: str | None, *, limit: int) -> History:
    key = None if job is None else recorded.job(reader, job, tombstones=True).key
    runs, spans = reader.runs(key=key, limit=limit), reader.spans(key=key, limit=limit)
    uids = {run.job_uid for run in runs} | {span.job_uid for span in spans}
    return History(runs=runs, spans=spans, keys=reader.keys(uids))
