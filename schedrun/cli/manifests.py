"""Reading manifests for a command, once."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from schedrun.cli import checkout, output
from schedrun.core.diagnostics import Diagnostic, in_order
from schedrun.core.plan.desired import Desired
from schedrun.manifest.load import load
from schedrun.render import findings_text


def read(paths: Sequence[Path]) -> Desired:
    """Return what the manifests under `paths` want, broken files included.

    Links are followed as `run` does, but none out of what a CI service checked out: no answer and no finding shows
    what lies beyond. Raises click.UsageError where a path itself leads out of it.
    """
    checkout.refuse_links_out(paths)
    return load(paths, confined=checkout.holds(paths))


def findings(desired: Desired) -> list[Diagnostic]:
    """Return the findings of all broken files, in the order that people read them."""
    return in_order([finding for found in desired.broken.values() for finding in found])


def warn_of_broken_files(desired: Desired) -> None:
    """Print the findings of broken files on stderr, where they leave the answer on stdout alone."""
    found = findings(desired)
    if found:
        text = findings_text.text(found, width=output.medium(sys.stderr).width)
        click.echo(text, err=True)
