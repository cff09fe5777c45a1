"""`schedrun validate`: every fault of the manifests at once."""

from pathlib import Path

import click

from schedrun.cli import manifests, options, output
from schedrun.render import findings_json, findings_text


@click.command("validate")
@options.manifest_paths
@options.format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], output_format: str) -> None:
    """Check manifests and print every fault at once, with its place.

    Each PATH is a manifest or a folder of them (default: manifests/).

    Reads nothing but the manifests: no state, no network, and no link that leads out of a given path. Exit code 0:
    clean, 1: findings, 2: usage.
    """
    desired = manifests.read_from_strangers(paths)
    findings = manifests.findings(desired)
    files, jobs = len(desired.files), len(desired.jobs)
    if output_format == "json":
        output.print_json(findings_json.validation_view(findings, files=files, jobs=jobs))
    else:
        paint = output.medium().paint
        output.print_text(findings_text.text(findings, paint=paint))
        output.print_text(findings_text.verdict(findings, files=files, jobs=jobs, paint=paint))
    if findings:
        ctx.exit(1)
