"""Text by its bytes in UTF-8: where a stretch of it begins and ends without cutting a character."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

_LONGEST_CHARACTER = 4
_CONTINUES, _CONTINUED = 0b1100_0000, 0b1000_0000
"""The bits by which a byte says that it is not the first of its character (RFC 3629, section 3)."""


class Stretch(NamedTuple):
    """Some text, the byte at which it begins and the one behind its end; `to_end` where the text has no more."""

    text: str
    offset: int
    next_offset: int
    to_end: bool


class BeyondEnd(NamedTuple):
    """The text has only so many bytes."""

    size: int


def stretch(pieces: Iterable[str], *, offset: int, limit: int, position: int = 0) -> Stretch | BeyondEnd:
    """Return the characters of the text that lie within [offset, offset + limit), at least one where there is one.

    The pieces begin at the byte `position`, which is not behind the offset; no more of them are taken than that needs.
    """
    held, at_end = bytearray(), True
    for data in map(encoded, pieces):
        held += data[max(0, offset - position) :]
        position += len(data)
        if position > offset + limit + 2 * _LONGEST_CHARACTER:
            at_end = False
            break
    if offset > position:
        return BeyondEnd(position)
    begin, end = first_whole(held, 0), _backward(held, limit)
    if end <= begin:  # the character here is longer than the limit
        end = first_whole(held, begin + 1)
    text = bytes(held[begin:end]).decode()
    return Stretch(text, offset + begin, offset + end, at_end and end == len(held))


class Counted:
    """Pieces of a text, each with the byte at which it begins, from an offset on.

    An offset within a character means the next one; no piece is longer than `longest` bytes.
    """

    def __init__(self, offset: int, *, longest: int = 1 << 16) -> None:
        self._offset, self._longest = offset, longest
        self.position = 0
        """How many bytes have come."""

    @property
    def missing(self) -> bool:
        """Whether what has come does not reach to the offset."""
        return self.position < self._offset

    def from_offset(self, pieces: Iterable[str]) -> Iterator[tuple[int, str]]:
        """Yield what is new of these pieces, which follow those of the last call."""
        for data in map(encoded, pieces):
            first, begin = self.position, first_whole(data, max(0, self._offset - self.position))
            self.position += len(data)
            while begin < len(data):
                end = _backward(data, begin + self._longest)
                yield first + begin, data[begin:end].decode()
                begin = end


def encoded(piece: str) -> bytes:
    """Return the bytes that offsets count."""
    return piece.encode("utf-8", "replace")


def first_whole(data: bytes | bytearray, at: int) -> int:
    """Return the first place from `at` on at which a character begins, or the end."""
    while at < len(data) and data[at] & _CONTINUES == _CONTINUED:
        at += 1
    return min(at, len(data))


def _backward(data: bytes | bytearray, at: int) -> int:
    """Return the last place up to `at` at which a character begins, or the end."""
    at = min(at, len(data))
    while 0 < at < len(data) and data[at] & _CONTINUES == _CONTINUED:
        at -= 1
    return at
