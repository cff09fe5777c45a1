"""The main file of a state as it lies there: whether it still has the length that it says it has.

The format is that of https://www.sqlite.org/fileformat.html, section 1.3.
"""

import os
import struct
from pathlib import Path

from schedrun.stores import peek

SMALLEST = 512
"""Bytes of the smallest database there can be: one page of the smallest size."""

_HEADER = 100
_MAGIC = b"SQLite format 3\0"


def fault_of(state: Path) -> str | None:
    """Return what is wrong with the length of the file, None when nothing is, or when nothing can be known.

    Raises OSError when it cannot be read.
    """
    state = Path(os.path.realpath(state))
    log = state.with_name(state.name + "-wal")
    logged, size = _size(log), _size(state)
    if not size:
        # SQLite would make a new file, and throw away what the log holds of this one.
        what = "is gone" if size is None else "is empty"
        return f"the file {what}, while its log {log.name} has {logged} bytes" if logged else None
    if size < SMALLEST:
        return "file is not a database"
    # The log may hold what the file lacks, and who folds it in writes page after page.
    return None if logged else _cut(state, size, log)


def _cut(state: Path, size: int, log: Path) -> str | None:
    header = peek.first_bytes(state, _HEADER)
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        return None  # SQLite says that it is no database
    page, pages = struct.unpack_from(">H", header, 16)[0], struct.unpack_from(">I", header, 28)[0]
    page = page if page > 1 else 65_536
    counted = header[24:28] == header[92:96]  # else a program of old did not keep the number of pages
    whole = size % page == 0 and (size >= pages * page or not counted)
    if whole or _size(log) or _size(state) != size:
        return None
    return f"it is cut: {size} bytes are left of {pages * page}"


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return None
