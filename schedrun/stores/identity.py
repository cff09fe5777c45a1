"""Which files a state consists of while it is open: the same ones from the beginning to the end."""

import os
from pathlib import Path

from schedrun.stores.faults import StateGoneError


class Identity:
    """The files of a state as they were when this was made: its database and the log beside it.

    A process that goes on writing to files that were renamed or deleted tells people and other processes nothing:
    they see what lies at the path now.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        files = (state, state.with_name(state.name + "-wal"))
        self._files = {file: found for file in files if (found := _stat(file)) is not None}

    def check(self) -> None:
        """Raise StateGoneError when one of the files is gone or another."""
        for file, known in self._files.items():
            found = _stat(file)
            if found is None or not os.path.samestat(found, known):
                raise StateGoneError(self._state, file)


def _stat(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None
