"""Reading bytes of files on which SQLite holds locks, without taking the locks away."""

import os
from pathlib import Path

_kept: dict[tuple[int, int], int] = {}


def descriptor_of(file: Path) -> int:
    """Return a descriptor of the file for reading; raises OSError when there is none.

    One is kept for each file and never closed: that would drop the locks which this process's connections hold on it.
    """
    found = file.stat()
    descriptor = _kept.get((found.st_dev, found.st_ino))
    if descriptor is None:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        found = os.fstat(descriptor)
        _kept[found.st_dev, found.st_ino] = descriptor
    return descriptor


def first_bytes(file: Path, size: int) -> bytes:
    """Return up to `size` bytes from the beginning of the file; raises OSError when it cannot be read."""
    return os.pread(descriptor_of(file), size, 0)
