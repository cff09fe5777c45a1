"""`schedrun apply`: apply the manifests now, through the running service where there is one."""

import asyncio
from pathlib import Path
from typing import Any

import click

from schedrun.cli import control, options, output
from schedrun.clock import SystemClock
from schedrun.reconcile import apply_verb
from schedrun.service.applying import apply_now


@click.command("apply")
@options.manifest_paths
@options.state_option
@options.format_option("text", "json")
@click.option(
    "--allow-remove",
    type=click.IntRange(min=0),
    metavar="N",
    help="Confirm that exactly N jobs are removed, those that the removal guard blocks included.",
)
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[Path, ...], state: Path, output_format: str, allow_remove: int | None
) -> None:
    """Apply the manifests to the state and print the plan that was applied.

    Each PATH is a manifest or a folder of them (default: manifests/).

    A running `schedrun run` on the same state does it, and refuses paths that are not its own. Without one the
    rows change here, nothing starts, and what came due waits for the next `schedrun run`. Exit code 0; 1 when a file
    is broken, or on failure.
    """
    control.leave_words_to_the_answer()
    settings, clock = options.settings(paths=paths, state=state), SystemClock()
    arguments = apply_verb.arguments(settings.paths, allow_remove=allow_remove)
    request = control.request(apply_verb.APPLY, arguments, clock=clock)
    answer: dict[str, Any] = dict(asyncio.run(apply_now(settings, request, clock=clock)).answer)
    if output_format == "json":
        output.print_json(answer["plan"])
    else:
        output.print_text(answer["text"])
    if answer["plan"]["findings"]:
        ctx.exit(1)
