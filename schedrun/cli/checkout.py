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
            if _is_spelled_within(path, root) and not path.resolve().is_relative_to(real):
                message = f"{path} leads out of the checkout {root}: put the files themselves there"
                raise click.UsageError(for_terminal(message))


def holds(paths: Iterable[Path]) -> bool:
    """Return whether a checkout of CI holds one of the paths: strangers may have written what is there."""
    return any(_is_spelled_within(path, root) for root in roots() for path in paths)


def _is_spelled_within(path: Path, root: str) -> bool:
    spelled = Path(os.path.abspath(path))  # noqa: PTH100  Path.resolve follows the link that is looked for
    return spelled.is_relative_to(os.path.abspath(root)) or spelled.is_relative_to(Path(root).resolve())  # noqa: PTH100  see above
