"""`schedrun render`: the manifests with everything filled in."""

from pathlib import Path

import click

from schedrun.cli import manifests, options, output
from schedrun.cli.verdict_command import VerdictCommand
from schedrun.manifest.document import rendered


@click.command("render", cls=VerdictCommand)
@options.manifest_paths
@options.format_option("text", "json")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], output_format: str) -> None:
    """Print the manifests with every default filled in, as YAML that `validate` accepts.

    Each PATH is a manifest or a folder of them (default: manifests/).

    Secrets stay the references that the manifests hold. Broken files are named on stderr and left out; the
    exit code is then 1.
    """
    desired = manifests.read(paths)
    documents = list(rendered(desired).values())
    if output_format == "json":
        output.print_json({"documents": documents})
    else:
        from schedrun.render import yaml_text  # noqa: PLC0415  JSON needs no yaml

        click.echo(yaml_text.text(documents), nl=False)
    if desired.broken:
        manifests.warn_of_broken_files(desired)
        ctx.exit(1)
