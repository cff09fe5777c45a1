"""`schedrun init`: a first manifest to edit."""

from pathlib import Path

import click

from schedrun.cli.options import DEFAULT_MANIFESTS
from schedrun.core.errors import SchedrunError
from schedrun.render.escape import for_terminal

FILE_NAME = "example.yaml"
"""What the first manifest is called."""

_EXAMPLE = """\
# Jobs for schedrun. While `schedrun run` watches this folder, every saved edit applies itself.

schedrun: v1                # the format's version
name: example               # the set: elsewhere these jobs are called example/hello, example/report, ...

defaults:                   # merged below what each job says itself
  timezone: UTC             # where cron lines and local times are read, such as Europe/Berlin
  timeout: 30s
  owner: me                 # who answers for the jobs: a person or a team

jobs:
  hello:
    description: Say hello every minute
    schedule: {every: 1m}
    target: {command: [echo, "hello from schedrun"]}

  report:
    description: List what is new in the temporary folder, on working days at half past six
    schedule: {cron: "30 6 * * mon-fri"}
    target: {command: [find, /tmp, -maxdepth, "1", -newermt, yesterday]}
    overlap: forbid         # a fire is skipped while the run before it goes on (the default)
    misfire: {grace: 1h}    # after a downtime, a fire that is later than this does not run

# A one-time job, and a Python function of your application:
#
#  cut-over:
#    schedule: {at: "2030-12-01T02:00:00Z"}
#    target: {python: "shop.tasks:cut_over", kwargs: {region: eu}}
"""


class ManifestExistsError(SchedrunError):
    """this file exists already, and nothing is overwritten."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{self.sentence}: {path}")


@click.command("init")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=DEFAULT_MANIFESTS)
def command(folder: Path) -> None:
    """Write example.yaml, a commented manifest, into the folder DIR (default: manifests/).

    The folder is made when it is missing. A file that exists already is left as it is.
    """
    path = folder / FILE_NAME
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(_EXAMPLE)
    except FileExistsError as error:
        raise ManifestExistsError(path) from error
    shown = for_terminal(str(folder))
    click.echo(f"Wrote {for_terminal(str(path))}. Check it with `schedrun validate {shown}`,")
    click.echo(f"see when its jobs fire with `schedrun next --manifests {shown}`,")
    click.echo(f"and start it with `schedrun run {shown}`.")
