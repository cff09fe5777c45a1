"""`schedrun schema`: what editors need to help with manifests."""

import json

import click

from schedrun.manifest.schema import manifest_schema


@click.command("schema")
def command() -> None:
    """Print the JSON Schema (draft-07) of a manifest.

    Save it and name it in the first line of a manifest, and editors complete and check as you type:

    \b
      # yaml-language-server: $schema=manifest.schema.json
    """  # noqa: D301  click keeps the lines of a paragraph that begins with this character
    click.echo(json.dumps(manifest_schema(), indent=2))
