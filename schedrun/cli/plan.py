"""`schedrun plan`: what applying the manifests would change, or what a change of them does, and nothing else."""

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from schedrun.cli import manifests, options, output
from schedrun.cli.codes import CodesType
from schedrun.cli.instants import InstantType
from schedrun.cli.verdict_command import VerdictCommand
from schedrun.clock import SystemClock
from schedrun.core.errors import StateMissingError
from schedrun.core.ids import JobKey
from schedrun.core.plan import guard
from schedrun.core.plan.change import Plan
from schedrun.core.plan.plan import make_plan
from schedrun.core.run.recorded import RecordedJob

CHANGES = 2
"""The exit code that `--exit-code` gives to a plan that changes something."""

_OF_BASE = {
    name: f"--{name.replace('_', '-')}" for name in ("head", "now", "runs", "fail_on", "select", "ignore", "config")
}
"""The options that mean something beside `--base` alone, by the names of their values."""


class _PlanCommand(VerdictCommand):
    def without_verdict(self, args: Sequence[str]) -> int:
        """Return 1, since 2 says that there are changes; for a comparison that is not asked for this, 2."""
        options_said = set(takewhile(lambda arg: arg != "--", args))
        compares = any(arg.partition("=")[0] == "--base" for arg in options_said)
        return 2 if compares and "--exit-code" not in options_said else 1


@click.command("plan", cls=_PlanCommand)
@options.given_paths
@options.state_option
@options.format_option("text", "json", "markdown")
@click.option("--exit-code", is_flag=True, help="Exit 2 when something would change, blocked changes included.")
@click.option("--base", metavar="REF", help="Compare with the manifests of this commit, and ask nothing live.")
@click.option("--head", metavar="REF", help="With --base: the commit that changes it.  [default: the working tree]")
@click.option(
    "--now",
    metavar="INSTANT",
    type=InstantType(),
    help="With --base: when the change is merged, offset included.  [default: now]",
)
@click.option(
    "--runs", metavar="DURATION", default="7d", show_default=True, help="With --base: how far to compare the runs."
)
@click.option(
    "--fail-on",
    type=click.Choice(("error", "warning", "never")),
    help="With --base: the findings that exit 1; error where neither this nor the settings say.",
)
@click.option("--select", metavar="CODES", multiple=True, type=CodesType(), help="With --base: only these findings.")
@click.option("--ignore", metavar="CODES", multiple=True, type=CodesType(), help="With --base: not these findings.")
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --base: the settings, as for `schedrun validate`.",
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    paths: tuple[Path, ...],
    *,
    state: Path,
    output_format: str,
    exit_code: bool,
    base: str | None,
    **comparison: Any,
) -> None:
    """Show what applying the manifests to the state would change; change nothing.

    Each PATH is a manifest or a folder of them (default: manifests/).

    A state that does not exist yet is empty. Exit code 0, with --exit-code 2 for changes; 1 for every
    failure, and after printing when a file is broken.

    With --base no state is asked: two trees of manifests are compared, as in a pull request, with the runs
    that appear, vanish and move. Nothing of either tree is imported or run. Exit code 1: findings as bad as --fail-on
    says, 2: it could not be told, for whatever reason; with --exit-code 2 for changes and 1 for both.
    """
    _check_combination(ctx, base=base, output_format=output_format)
    if base is not None:
        from schedrun.cli import plan_base  # noqa: PLC0415  the plan of a state needs neither git nor forecasts

        asked = plan_base.Asked(base=base, output_format=output_format, exit_code=exit_code, **comparison)
        ctx.exit(plan_base.show(paths, asked))
    plan = _plan(options.existing_paths(paths), _recorded(state))
    _show(plan, output_format)
    if plan.findings:
        ctx.exit(1)
    if exit_code and plan.effective:
        ctx.exit(CHANGES)


def _check_combination(ctx: click.Context, *, base: str | None, output_format: str) -> None:
    said = [name for name in _OF_BASE if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT]
    if base is None and (said or output_format == "markdown"):
        option = _OF_BASE[said[0]] if said else "--format markdown"
        raise click.UsageError(f"{option} belongs to --base: say with which commit to compare")
    if base is not None and ctx.get_parameter_source("state") is ParameterSource.COMMANDLINE:
        raise click.UsageError("--base compares two trees and asks no state: leave --state out")


def _show(plan: Plan, output_format: str) -> None:
    from schedrun.render import plan_json, plan_text  # noqa: PLC0415  --base has its own

    if output_format == "json":
        output.print_json(plan_json.plan_view(plan))
        return
    medium = output.medium()
    output.print_text(plan_text.text(plan, width=medium.width, paint=medium.paint))


def _plan(paths: Sequence[Path], recorded: Sequence[RecordedJob]) -> Plan:
    desired = manifests.read(paths)
    plan = make_plan(desired, recorded, now=SystemClock().now(), uids=_not_given)
    return guard.check(plan, desired, recorded=recorded)


def _not_given(_job: JobKey) -> str:
    """Return the uid of a job at first sight: none, since this plan is shown and never applied."""
    return ""


def _recorded(state: Path) -> Sequence[RecordedJob]:
    from schedrun.stores import readonly  # noqa: PLC0415  with --base no store is loaded

    try:
        return readonly.ask(state, lambda reader: reader.jobs(tombstones=True))
    except StateMissingError:
        return ()
