"""Calling git so that nothing which a repository says of itself can run a program or open a connection."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

_HARDENED = (
    "git",
    "--no-pager",
    "--no-replace-objects",
    # Neither a hook, a monitor nor a transport that the repository's configuration names may run.
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"),
    *("-c", "core.sshCommand=false", "-c", "protocol.allow=never"),
)


def call(
    arguments: Sequence[str], *, at: str, given: bytes = b"", seconds: float
) -> subprocess.CompletedProcess[bytes]:
    """Run git with `arguments` in the folder `at` and return how it ended, whatever its exit code; blocks.

    `given` is its standard input. An object that a partial clone lacks counts as missing and is not fetched.
    Raises OSError where there is no git, subprocess.TimeoutExpired after so many `seconds`, and ValueError for an
    argument that no process can be given.
    """
    return subprocess.run(  # noqa: S603  no shell; who calls puts what others wrote behind `--end-of-options`
        [*_HARDENED, *arguments],
        cwd=at,
        env=environment(),
        input=given,
        capture_output=True,
        timeout=seconds,
        check=False,
    )


def environment() -> dict[str, str]:
    """Return our environment for git, without what would point it at another repository, index or program."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith("GIT_CONFIG_")
    }
    return kept | {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def enclosing_repository(folder: str) -> str | None:
    """Return the working tree that holds the real `folder`, None when none does."""
    for candidate in (Path(folder), *Path(folder).parents):
        if (candidate / ".git").exists():  # a folder, or the file of a linked working tree
            return str(candidate)
    return None
