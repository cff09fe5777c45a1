"""Where reading a long log can go on, so that a part far behind does not need all that stands before it.

Random access to gzip by points kept in memory is what zlib's example `zran.c` does.
"""

from collections import OrderedDict
from operator import attrgetter
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from schedrun.stores.logs import Checkpoint

LEAST = 1 << 19
"""Before this byte of the text no point is kept: reading up to it is soon done."""

_STRIDE = 1 << 24
"""Of each stretch of so many bytes one point is kept, the last that was used: who reads elsewhere takes none away."""

_MOST = 32
"""How many points are kept of all logs; each is about 100 KiB."""


class AccessPoint(NamedTuple):
    """A byte of the text, and how far the file was read when it was reached."""

    position: int
    checkpoint: Checkpoint


class AccessPoints:
    """The points of the logs that were read last; for several threads."""

    def __init__(self, *, most: int = _MOST) -> None:
        self._most = most
        self._points: OrderedDict[tuple[Path, int], AccessPoint] = OrderedDict()
        self._lock = Lock()

    def before(self, path: Path, offset: int) -> AccessPoint | None:
        """Return the last point of this log that is known at or before a byte."""
        with self._lock:
            known = (point for (of, _), point in self._points.items() if of == path and point.position <= offset)
            found = max(known, key=attrgetter("position"), default=None)
            if found is not None:
                self._points.move_to_end(_key(path, found))
            return found

    def keep(self, path: Path, point: AccessPoint) -> None:
        """Remember a point, and forget the one that was not used for longest where there are too many."""
        with self._lock:
            key = _key(path, point)
            self._points[key] = point
            self._points.move_to_end(key)
            while len(self._points) > self._most:
                self._points.popitem(last=False)


def _key(path: Path, point: AccessPoint) -> tuple[Path, int]:
    return path, point.position // _STRIDE
