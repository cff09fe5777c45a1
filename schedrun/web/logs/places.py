"""Where reading a long log can go on, so that a part far behind does not need all that stands before it."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from schedrun.stores.logs import Mark

LEAST = 1 << 19
"""Before this byte of the text no place is kept: reading up to it is soon done."""

_STRIDE = 1 << 24
"""Of each stretch of so many bytes one place is kept, the last that was used: who reads elsewhere takes none away."""

_MOST = 32
"""A place is about 100 KiB."""


class Place(NamedTuple):
    """A byte of the text, and how far the file was read when it was reached."""

    position: int
    mark: Mark


class Places:
    """The places of the logs that were read last; for several threads."""

    def __init__(self, *, most: int = _MOST) -> None:
        self._most = most
        self._places: OrderedDict[tuple[Path, int], Place] = OrderedDict()
        self._lock = Lock()

    def before(self, path: Path, offset: int) -> Place | None:
        """Return the last place of this log that is known at or before a byte."""
        with self._lock:
            for stride in range(offset // _STRIDE, -1, -1):
                found = self._places.get((path, stride))
                if found is not None and found.position <= offset:
                    self._places.move_to_end((path, stride))
                    return found
        return None

    def keep(self, path: Path, place: Place) -> None:
        """Remember a place, and forget the one that was not used for longest where there are too many."""
        with self._lock:
            key = (path, place.position // _STRIDE)
            self._places[key] = place
            self._places.move_to_end(key)
            while len(self._places) > self._most:
                self._places.popitem(last=False)
