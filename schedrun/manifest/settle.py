"""When what was read may be believed: an editor, a copy or a checkout is seen in the middle of its work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schedrun.manifest.tree import Places

ROUND = 0.1
"""Seconds between two readings that must agree."""

PATIENCE = 2.0
"""Seconds after which a change is passed on without the files that still move."""


class FileState(NamedTuple):
    """What one reading saw under a name: (size, mtime_ns, ctime_ns, inode) and what the file held.

    `content` is a digest, or the words of a fault; a fault has an empty fingerprint.
    """

    fingerprint: tuple[int, ...]
    content: str

    @property
    def is_empty(self) -> bool:
        """Whether this is a file of no bytes."""
        return bool(self.fingerprint) and self.fingerprint[0] == 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What one pass over the tree saw, by name, and the places that decide what the next one sees."""

    states: Mapping[str, FileState]
    places: Places = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class View:
    """What may be believed: the states of the names that hold still. The `withheld` ones do not."""

    states: Mapping[str, FileState]
    withheld: frozenset[str] = frozenset()
    places: Places = field(default_factory=dict, compare=False)


class Settling:
    """Turns readings, ROUND seconds apart, into one view.

    Two readings in a row must agree; three where a file became empty, since an editor may empty a file long
    before it writes it. Names that move for longer than PATIENCE are withheld: the rest need not wait for
    them, and nobody is shown half a file. Once withheld, a name keeps nobody waiting until it rests.
    """

    def __init__(self, before: View, *, began: float) -> None:
        self._before = before
        self._began = began
        self._last: Reading | None = None
        self._agreed = 0

    def observe(self, reading: Reading, *, at: float) -> View | None:
        """Take in a reading of moment `at` (monotonic seconds); return the view once there is one."""
        last, self._last = self._last, reading
        if last is None:
            return self._before if self._is_as_before(reading) else None
        moving = _differing(last.states, reading.states)
        emptied = self._emptied(reading)
        calm = moving <= self._before.withheld and last.places == reading.places
        self._agreed = self._agreed + 1 if calm else 0
        if self._agreed >= (2 if emptied - moving else 1):
            return _view(reading, without=moving)
        if at - self._began >= PATIENCE:
            return _view(reading, without=moving | emptied)
        return None

    def _is_as_before(self, reading: Reading) -> bool:
        before = self._before
        return not before.withheld and reading.states == before.states and reading.places == before.places

    def _emptied(self, reading: Reading) -> frozenset[str]:
        """Return the names that are empty files and were not at the last view."""
        known = self._before.states
        return frozenset(name for name, state in reading.states.items() if state.is_empty and known.get(name) != state)


def _differing(one: Mapping[str, FileState], other: Mapping[str, FileState]) -> frozenset[str]:
    return frozenset(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _view(reading: Reading, *, without: frozenset[str]) -> View:
    states = {name: state for name, state in reading.states.items() if name not in without}
    return View(states, without, reading.places)
