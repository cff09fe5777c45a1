"""`schedrun plan`: what applying the manifests would change, and nothing else."""

from collections.abc import Sequence
from pathlib import Path

import click

from schedrun.cli import manifests, options, output
from schedrun.clock import SystemClock
from schedrun.core.errors import StateMissingError
from schedrun.core.ids import JobKey
from schedrun.core.plan import guard
from schedrun.core.plan.change import Plan
from schedrun.core.plan.plan import make_plan
from schedrun.core.run.recorded import RecordedJob
from schedrun.render import plan_json, plan_text
from schedrun.stores import readonly

CHANGES = 2
"""The exit code that `--exit-code` gives to a plan that changes something."""


class _PlanUsageError(click.UsageError):
    """Every failure is 1, usage included: 2 says that there are changes."""

    exit_code = 1


class _PlanCommand(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; raises an error with exit code 1 for wrong ones."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise _PlanUsageError(error.format_message(), ctx) from error


@click.command("plan", cls=_PlanCommand)
@options.manifest_paths
@options.state_option
@options.format_option("text", "json")
@click.option("--exit-code", is_flag=True, help="Exit 2 when something would change, blocked changes included.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], state: Path, output_format: str, *, exit_code: bool) -> None:
    """Show what applying the manifests to the state would change; change nothing.

    Each PATH is a manifest or a folder of them (default: manifests/).

    A state that does not exist yet is empty. Exit code 0, with --exit-code 2 for changes; 1 for every
    failure, and after printing when a file is broken.
    """
    plan = _plan(paths, _recorded(state))
    if output_format == "json":
        output.print_json(plan_json.plan_view(plan))
    else:
        medium = output.medium()
        output.print_text(plan_text.text(plan, width=medium.width, paint=medium.paint))
    if plan.findings:
        ctx.exit(1)
    if exit_code and plan.effective:
        ctx.exit(CHANGES)


def _plan(paths: Sequence[Path], recorded: Sequence[RecordedJob]) -> Plan:
    desired = manifests.read(paths)
    plan = make_plan(desired, recorded, now=SystemClock().now(), uids=_not_given)
    return guard.check(plan, desired, recorded=recorded)


def _not_given(_job: JobKey) -> str:
    """Return the uid of a job at first sight: none, since this plan is shown and never applied."""
    return ""


def _recorded(state: Path) -> Sequence[RecordedJob]:
    try:
        return readonly.ask(state, lambda reader: reader.jobs(tombstones=True))
    except StateMissingError:
        return ()
