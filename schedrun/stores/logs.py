"""Reading the files that hold the whole output of runs, also while they are written or after a crash cut them off."""

import codecs
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

_READ_BYTES = 1 << 16
_MOST_BYTES = 1 << 18
_GZIP = 31


class Measured(Protocol):
    """What may have lost its end."""

    @property
    def whole(self) -> bool:
        """Whether the end was reached."""


class Checkpoint(NamedTuple):
    """How far a file was read, in all that reading goes on from: of use as long as the file only grows."""

    file: tuple[int, int]
    """Its device and inode."""

    offset: int
    """The byte of the file that is read next."""

    packed: bytes
    """What was read before and is not unpacked yet."""

    gzip: Any
    """A `zlib` decompressor, which has no public type; it is copied before each use."""

    decoder: tuple[bytes, int]
    """The state of an incremental decoder, as its `getstate` returns it."""


class LogFile:
    """One attempt's output as text, from its first byte. Each piece is given once, and no byte is read twice.

    The stream may lack its end, or be damaged: what can be read before that is given.
    """

    def __init__(self, path: Path) -> None:
        """Open it. Raises FileNotFoundError where there is none, another OSError where it cannot be read."""
        self._file = path.open("rb", buffering=0)
        self._gzip = zlib.decompressobj(_GZIP)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._packed = b""
        self._full = False
        self._damaged = False

    @property
    def complete(self) -> bool:
        """Whether nothing more can come: the end of the stream, or of what is readable, was reached."""
        return self._gzip.eof or self._damaged

    @property
    def whole(self) -> bool:
        """Whether the end of the stream was reached: nothing of it was lost."""
        return self._gzip.eof

    def read(self) -> Iterator[str]:
        """Return what has come since the last time, in pieces of bounded size, undecodable bytes replaced."""
        while not self.complete:
            self._packed = self._packed or self._file.read(_READ_BYTES)
            if not self._packed:
                return
            self._full = True
            while self._full and not self.complete:  # little may become much: lines are packed a thousandfold
                unpacked = self._unpack()
                self._full = len(unpacked) == _MOST_BYTES
                if text := self._decoder.decode(unpacked):
                    yield text

    def last(self) -> Iterator[str]:
        """Return what stands for a character that was cut off, where nothing more will be written."""
        if text := self._decoder.decode(b"", final=True):
            yield text

    def checkpoint(self) -> Checkpoint | None:
        """Return how far it was read, None where reading could not go on from there by a copy alone."""
        if self.complete or (self._full and not self._packed):
            return None
        offset, decoder = self._file.tell(), self._decoder.getstate()
        return Checkpoint(self._identity(), offset, self._packed, self._gzip.copy(), decoder)

    def go_on_from(self, known: Checkpoint) -> bool:
        """Read on from there, before anything was read; False when this is another file, or less than it was."""
        if self._identity() != known.file or os.fstat(self._file.fileno()).st_size < known.offset:
            return False
        self._file.seek(known.offset)
        self._packed, self._gzip = known.packed, known.gzip.copy()
        self._decoder.setstate(known.decoder)
        return True

    def close(self) -> None:
        """Close it; idempotent."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _identity(self) -> tuple[int, int]:
        found = os.fstat(self._file.fileno())
        return found.st_dev, found.st_ino

    def _unpack(self) -> bytes:
        try:
            unpacked = self._gzip.decompress(self._packed, _MOST_BYTES)
        except zlib.error:
            self._damaged = True
            return b""
        self._packed = self._gzip.unconsumed_tail
        return unpacked


def rather(log: Measured, texts: Iterator[str], *, kept: str) -> Iterator[str]:
    """Yield the texts of the log, or what the ledger kept where a log that lost its end holds less."""
    held: list[str] = []
    missing = len(kept)
    for text in texts:
        held.append(text)
        missing -= len(text)
        if missing <= 0:
            yield from held
            yield from texts
            return
    yield from held if log.whole else [kept]


def read(path: Path) -> Iterator[str]:
    """Return all that is in the file, in pieces of bounded size. Raises as `LogFile` does, with the first piece."""
    with LogFile(path) as file:
        yield from file.read()
        yield from file.last()
