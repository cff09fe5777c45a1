"""`schedrun export`: jobs in the format of another tool."""

import sys
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from schedrun.cli import checkout, manifests, options, output
from schedrun.cli.instants import InstantType
from schedrun.cli.verdict_command import VerdictCommand
from schedrun.clock import SystemClock
from schedrun.manifest.load import load
from schedrun.render.escape import for_terminal
from schedrun.render.width import hanging

if TYPE_CHECKING:
    from schedrun.convert.exports.exported import Exported


@click.command("export", cls=VerdictCommand)
@click.option("--to", "foreign", type=click.Choice(("crontab", "kubernetes", "systemd")), required=True,
              help="What to write.")  # fmt: skip
@click.option("--now", metavar="INSTANT", type=InstantType(),
              help="Compare the twelve months after this instant, offset included.  [default: now]")  # fmt: skip
@options.manifest_paths
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], *, foreign: str, now: datetime | None) -> None:
    """Write jobs as a crontab, as Kubernetes CronJobs or as systemd timers.

    Each PATH is a manifest or a folder of them (default: manifests/).

    What the format cannot hold is said in its comments and on stderr, fires of the next twelve months that differ
    included. Exit code 0: it holds all, 1: not all, or a file is broken, 2: it could not be told.
    """
    moment = now or SystemClock().now()
    checkout.refuse_links_out(paths)
    desired = load(paths, confined=True)
    manifests.warn_of_broken_files(desired)
    jobs = [desired.jobs[key] for key in sorted(desired.jobs)]
    exported: Exported = import_module(f"schedrun.convert.exports.{foreign}").write(jobs, moment)
    click.echo(exported.text, nl=False)
    lines = [f"note: {remark}" for remark in exported.remarks]
    lines += [for_terminal(f"{loss.job.position}: {loss.job.key}: not held: {loss.text}") for loss in exported.losses]
    width = output.medium(sys.stderr).width
    for line in lines:
        click.echo("\n".join(hanging(line, width)), err=True)
    if exported.losses or desired.broken:
        ctx.exit(1)
