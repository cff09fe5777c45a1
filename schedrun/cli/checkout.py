"""Where a CI service checked the repository out, and what a stranger's pull request must not reach from there."""

import os
from collections.abc import Iterable
from pathlib import Path

import click

from schedrun.render.escape import for_terminal

_VARIABLES = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def roots() -> list[str]:
    """Return the checkouts that the environment names, as they are spelled there; none outside of CI."""
    return [os.environ[name] for name in _VARIABLES if os.environ.get(name)]


def refuse_links_out(paths: Iterable[Path]) -> None:
    """Raise click.UsageError for a path in a checkout that really lies outside of it.

    Elsewhere who names a link means what it leads to. In CI the name is the team's and the link may be a stranger's.
    """
    for root in roots():
        real = Path(root).resolve()
        for path in paths:
            spelled = Path(os.path.abspath(path))  # noqa: PTH100  Path.resolve follows the link that is looked for
            inside = spelled.is_relative_to(os.path.abspath(root)) or spelled.is_relative_to(real)  # noqa: PTH100  see above
            if inside and not spelled.resolve().is_relative_to(real):
                message = f"{path} leads out of the checkout {root}: put the files themselves there"
                raise click.UsageError(for_terminal(message))
