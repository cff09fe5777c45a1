"""`schedrun validate`: every finding about the manifests at once."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from schedrun.cli import checking, checkout, options, reports, resolving
from schedrun.cli.codes import CodesType
from schedrun.cli.moment import now_option
from schedrun.cli.verdict_command import VerdictCommand
from schedrun.core.diagnostics import Severity
from schedrun.lint.settings import LintSettings
from schedrun.render.findings_report import FailOn, Report


@click.command("validate", cls=VerdictCommand)
@options.manifest_paths
@click.option(
    "--format",
    "output_format",
    metavar="FORMAT",
    type=click.Choice(reports.NAMES),
    default=reports.AUTO,
    show_default=True,
    help=f"How findings are printed: {', '.join(reports.Format)}; auto is github in a GitHub workflow, else full.",
)
@click.option(
    "--report",
    "targets",
    metavar="FORMAT=FILE",
    multiple=True,
    type=reports.ReportType(),
    help="Write a report to a file as well; may be repeated.",
)
@click.option(
    "--fail-on",
    type=click.Choice([str(each) for each in FailOn]),
    help="The least severity that makes the exit code 1; error where neither this nor the settings say.",
)
@click.option("--select", metavar="CODES", multiple=True, type=CodesType(), help="Only these rules, such as SR2,SR501.")
@click.option("--ignore", metavar="CODES", multiple=True, type=CodesType(), help="Not these rules, such as SR401.")
@now_option
@checking.checking_options
@resolving.resolve_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    paths: tuple[Path, ...],
    output_format: str,
    targets: tuple[reports.Target, ...],
    fail_on: str | None,
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    now: datetime,
    **chosen: Any,
) -> None:
    """Check manifests and print every finding at once, with its place.

    Each PATH is a manifest or a folder of them (default: manifests/). `schedrun explain CODE` tells more of a finding.

    Reads nothing but the manifests: no state, no network, and no link that leads out of a given path; with --resolve
    also what they name. Exit code 0: nothing found that is as bad as --fail-on says, 1: something is, 2: it could
    not be told, or a report not be written.
    """
    choices = checking.Choices(**chosen)
    if choices.diff and targets:
        raise click.UsageError("--diff prints what --fix would write, and writes no report: leave out --report")
    checkout.refuse_links_out(paths)
    settings = checking.settings(choices, select=sum(select, ()), ignore=sum(ignore, ()), fail_on=fail_on)
    report = _report(paths, choices, settings=settings, now=now)
    reports.check_targets(targets, manifests=report.files, baseline=choices.baseline)
    reports.write(report, targets)
    reports.show(report, reports.chosen(output_format))
    if report.failed:
        ctx.exit(1)


def _report(paths: Sequence[Path], choices: checking.Choices, *, settings: LintSettings, now: datetime) -> Report:
    inspected, findings = checking.checked(paths, choices, settings=settings, now=now)
    faulty = {finding.job for finding in findings if finding.severity is Severity.ERROR}
    return Report(
        findings=findings,
        lines={name: file.lines for name, file in inspected.files.items()},
        files=inspected.desired.files,
        jobs=len(inspected.desired.jobs.keys() - faulty),
        now=now,
        fail_on=FailOn(settings.fail_on),
        checkout=reports.checkout(),
    )
