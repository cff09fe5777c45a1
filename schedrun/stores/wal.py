"""The write-ahead log of a state that nobody has open: whether it still holds what its index says it held.

SQLite takes a log that was cut or damaged for one whose last writes never happened: it goes on without what it had
told its callers was durable, and mixes older pages with newer ones. The index beside the log (`-shm`) outlives a
process that is killed and says how many pages were written; it is believed while it speaks of the very same log. Of
a log that is gone, or another one now, it is believed when it was written since the machine was started.

The formats are those of https://www.sqlite.org/walformat.html, sections 2 and 4.
"""

import fcntl
import os
import struct
import sys
from array import array
from collections.abc import Iterable
from math import inf
from pathlib import Path
from typing import NamedTuple

from schedrun.stores import peek

LARGEST_VERIFIED = 64 * 1024 * 1024
"""Bytes of a log up to which every page of it is verified; of a larger one only its head and its length are."""

_LOG_HEADER, _FRAME_HEADER = 32, 24
_INDEX_HEADER = 48
_INDEX_VERSION = 3_007_000
_MOST_RESTARTS = 1 << 20
"""How often a log can have been begun anew beside an index that no disk has taken yet."""

_LIVES = 128
"""The byte of the index on which everybody who has the state open holds a lock."""


class _Index(NamedTuple):
    """What the index says: pages written to the log, how many of them the file has too, bytes of a page, the salts.

    `in_use` tells whether others have the state open, `of_this_boot` whether it was written since the machine started:
    one that a power cut left behind may be older than the log.
    """

    frames: int
    folded: int
    page: int
    salts: bytes
    in_use: bool
    of_this_boot: bool


def fault_of(state: Path) -> str | None:
    """Return what is wrong with the log of `state`, None when nothing is, or when nothing can be known."""
    state = Path(os.path.realpath(state))  # SQLite keeps the log beside the file that a symlink leads to
    log, index_file = (state.with_name(state.name + suffix) for suffix in ("-wal", "-shm"))
    try:
        index = _index(index_file)
        if index is None or not index.frames:
            return None
        fault = _fault(log, index)
        # Others may have begun the log anew, or taken it away, while it was looked at.
        return fault if fault is None or index == _index(index_file) else None
    except OSError:
        return None


def _fault(log: Path, index: _Index) -> str | None:
    size = _size(log)
    # After the index: a log that was begun anew meanwhile has other salts, and the index nothing to say on it.
    header = _start_of(log, _LOG_HEADER) if size else b""
    if size and (len(header) < _LOG_HEADER or (header[16:24] == index.salts and size < _bytes(index))):
        return f"its log {log.name} is cut: {size} bytes are left of {_bytes(index)}"
    if index.in_use:
        return None
    if header[16:24] == index.salts:
        return _fault_in(log, header, index)
    if not index.of_this_boot or index.frames == index.folded or _follows(header, index):
        return None
    what = "is not the one that was left" if size else "is gone"
    return f"its log {log.name} {what}: pages in it that are in no other place: {index.frames - index.folded}"


def _follows(header: bytes, index: _Index) -> bool:
    """Whether the log was begun anew after the index was last seen: SQLite counts that in the first of its salts."""
    if len(header) < _LOG_HEADER or not _is_whole(header):
        return False
    salt, known = (int.from_bytes(said, "big") for said in (header[16:20], index.salts[:4]))
    return 0 < (salt - known) % 2**32 <= _MOST_RESTARTS


def _fault_in(log: Path, header: bytes, index: _Index) -> str | None:
    if _bytes(index) > LARGEST_VERIFIED:
        return None if _is_whole(header) else f"its log {log.name} is damaged: its first bytes"
    good = _good_frames(_start_of(log, _bytes(index)), index)
    return None if good == index.frames else f"its log {log.name} is damaged: page {good + 1} of {index.frames}"


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _bytes(index: _Index) -> int:
    return _LOG_HEADER + index.frames * (_FRAME_HEADER + index.page)


def _start_of(file: Path, size: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(size)


def _index(file: Path) -> _Index | None:
    descriptor = peek.descriptor_of(file)
    said = os.pread(descriptor, _INDEX_HEADER * 2 + 4, 0)
    header = said[:_INDEX_HEADER]
    if len(said) < _INDEX_HEADER * 2 + 4 or header != said[_INDEX_HEADER : 2 * _INDEX_HEADER]:
        return None
    version, _, _, begun, _, page, frames = struct.unpack_from("=IIIBBHI", header)
    if version != _INDEX_VERSION or not begun:
        return None
    (folded,) = struct.unpack_from("=I", said, _INDEX_HEADER * 2)
    return _Index(
        frames,
        folded,
        page if page > 1 else 65_536,
        header[32:40],
        in_use=_others_have_it_open(descriptor),
        of_this_boot=os.fstat(descriptor).st_mtime >= _booted_at(),
    )


def _booted_at() -> float:
    """Return the machine's start in seconds since 1970, infinity where the system does not tell."""
    try:
        lines = Path("/proc/stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return inf
    return next((float(line.split()[1]) for line in lines if line.startswith("btime ")), inf)


def _others_have_it_open(descriptor: int) -> bool:
    asked = struct.pack("@hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, _LIVES, 1, 0)
    return bool(struct.unpack("@hhqqi4x", fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))[0] != fcntl.F_UNLCK)


def _good_frames(log: bytes, index: _Index) -> int:
    """Return how many frames, from the first, have the checksum that belongs to them and all before."""
    if not _is_whole(log):
        return 0
    order = _order(log)
    sums = struct.unpack_from(">II", log, 24)
    step = _FRAME_HEADER + index.page
    for number in range(index.frames):
        begin = _LOG_HEADER + number * step
        sums = _checksum(_words(log[begin : begin + 8], order), *sums)
        sums = _checksum(_words(log[begin + _FRAME_HEADER : begin + step], order), *sums)
        if sums != struct.unpack_from(">II", log, begin + 16) or log[begin + 8 : begin + 16] != index.salts:
            return number
    return index.frames


def _is_whole(header: bytes) -> bool:
    return _checksum(_words(header[:24], _order(header)), 0, 0) == struct.unpack_from(">II", header, 24)


def _order(header: bytes) -> str:
    return "big" if header[3] & 1 else "little"


def _words(content: bytes, order: str) -> "array[int]":
    words = array("I", content)
    if order != sys.byteorder:
        words.byteswap()
    return words


def _checksum(words: Iterable[int], first: int, second: int) -> tuple[int, int]:
    pairs = iter(words)
    for one, other in zip(pairs, pairs, strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second
