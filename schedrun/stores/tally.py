"""What the units of work of one transaction have counted and nobody has written yet."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from schedrun.core.ids import JobKey, set_label
from schedrun.core.run.totals import MEASURED, Bucket, Measure, Total, Totals, bound_of
from schedrun.stores.rows import Words

End = tuple[JobKey, str, int, int, Any, Any]
"""Key, verdict, runs, occurrences, when, and when it began: None where there is no duration."""

Counts = dict[tuple[JobKey, str], list[Any]]
"""Runs, occurrences and the last instant, by key and verdict."""

Sums = dict[tuple[str, str, int], list[int]]
"""How many values and their sum in microseconds, by measure, set and bound."""

_MEASURES: Mapping[str, Measure] = Words({measure.value: measure for measure in Measure})
_DURATION, _LATENESS = Measure.RUN_DURATION.value, Measure.START_LATENESS.value
_MEASURED = frozenset(status.value for status in MEASURED)


class Tally:
    """Notes are cheap, since every run makes some; they are added up once for all units that share a COMMIT.

    `ended` and `late` take an end, and a start with its lateness in microseconds. Instants are as the store has them.
    """

    __slots__ = ("_ends", "_late", "_marks", "ended", "late")

    def __init__(self) -> None:
        self._ends: list[End] = []
        self._late: list[tuple[JobKey, int]] = []
        self._marks = (0, 0)
        self.ended = self._ends.append
        self.late = self._late.append

    @property
    def notes(self) -> int:
        """How much is noted."""
        return len(self._ends) + len(self._late)

    def keep(self) -> None:
        """Let stand what was noted so far: its unit has succeeded."""
        self._marks = (len(self._ends), len(self._late))

    def undo(self) -> None:
        """Drop what was noted since the last `keep`."""
        ends, late = self._marks
        del self._ends[ends:]
        del self._late[late:]

    def clear(self) -> None:
        """Drop everything."""
        self._ends.clear()
        self._late.clear()
        self._marks = (0, 0)

    def add_to(self, counts: Counts, sums: Sums, *, took: Callable[[Any, Any], int]) -> None:
        """Add what is noted; `took(end, begin)` returns the microseconds between two instants."""
        sets: dict[JobKey, str] = {}
        for key, verdict, runs, occurrences, at, began in self._ends:
            known = counts.get((key, verdict))
            if known is None:
                counts[key, verdict] = [runs, occurrences, at]
            else:
                known[0] += runs
                known[1] += occurrences
                known[2] = max(known[2], at)
            if began is not None and verdict in _MEASURED:
                _measure(sums, _DURATION, sets.get(key) or sets.setdefault(key, set_label(key)), took(at, began))
        for key, micros in self._late:
            _measure(sums, _LATENESS, sets.get(key) or sets.setdefault(key, set_label(key)), micros)


def totals_of(counts: Counts, sums: Sums, *, instant: Callable[[Any], datetime]) -> Totals:
    """Return the values that `Reader.totals` answers; `instant` makes datetimes of the store's instants."""
    return Totals(
        [
            Total(key, verdict, runs, occurrences, instant(at))
            for (key, verdict), (runs, occurrences, at) in sorted(counts.items())
        ],
        [
            Bucket(_MEASURES[name], job_set, upto, values, micros)
            for (name, job_set, upto), (values, micros) in sorted(sums.items())
        ],
    )


def _measure(sums: Sums, measure: str, job_set: str, micros: int) -> None:
    micros = max(micros, 0)  # the clock may have been set back meanwhile
    name = (measure, job_set, bound_of(measure, micros))
    known = sums.get(name)
    if known is None:
        sums[name] = [1, micros]
    else:
        known[0] += 1
        known[1] += micros
