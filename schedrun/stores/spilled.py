"""The files of output that outlive their runs: found and deleted once the ledger no longer knows the run."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from schedrun.core.ids import log_name

NAMES_A_LOOK = 500
"""How many files are asked about at once."""

_NAME = re.compile(r"([0-9a-f]{20})-(\d+)\.gz")


def batches(folder: Path) -> Iterator[dict[str, list[str]]]:
    """Yield the names of the files of output in `folder` by the id of their run, a bounded number at a time.

    A file is made after its run was recorded: who asks for the runs after the names were read finds each of them.
    """
    try:
        names = (entry.name for entry in folder.iterdir())
        while some := list(islice(names, NAMES_A_LOOK)):
            yield _by_run(some)
    except FileNotFoundError:
        return


def delete(folder: Path, names: Sequence[str]) -> int:
    """Delete the files; return how many there were."""
    deleted = 0
    for name in names:
        try:
            (folder / name).unlink()
        except FileNotFoundError:
            continue
        deleted += 1
    return deleted


def _by_run(names: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        match = _NAME.fullmatch(name)
        # Whatever else lies there is not ours.
        if match is not None and name == log_name(match[1], int(match[2])):
            found.setdefault(match[1], []).append(name)
    return found
