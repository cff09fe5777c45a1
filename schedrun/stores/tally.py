"""What the units of work of one transaction have counted and nobody has written yet."""

from collections.abc import Mapping

from schedrun.core.ids import JobKey
from schedrun.core.run.totals import MEASURED, Bucket, Measure, Total, Totals, bound_of, set_label
from schedrun.core.status import RunStatus
from schedrun.stores import rows
from schedrun.stores.rows import Words

Counts = dict[tuple[JobKey, str], tuple[int, int, int]]
"""Runs, occurrences and the last instant, by key and verdict."""

Sums = dict[tuple[str, str, int], tuple[int, int]]
"""How many values and their sum, by measure, set and bound."""

_MEASURES: Mapping[str, Measure] = Words({measure.value: measure for measure in Measure})

UNMEASURED = -1
"""The duration of what has none."""


class Tally:
    """Notes are cheap, since every run makes some; they are added up once for all units that share a COMMIT.

    All times are microseconds, as stored.
    """

    __slots__ = ("_ends", "_late", "_marks")

    def __init__(self) -> None:
        # Key, verdict, runs, occurrences, instant, duration.
        self._ends: list[tuple[JobKey, str, int, int, int, int]] = []
        self._late: list[tuple[JobKey, int]] = []
        self._marks = (0, 0)

    def run_ended(
        self, key: JobKey, status: RunStatus, *, scheduled: bool, at: int, started_at: int | None = None
    ) -> None:
        """Count a run that has ended for good; without `started_at` it has no duration."""
        took = UNMEASURED
        if started_at is not None and status in MEASURED:
            took = max(0, at - started_at)  # a clock may have been set back meanwhile
        self._ends.append((key, status.value, 1, int(scheduled), at, took))

    def occurrences(self, key: JobKey, verdict: str, count: int, *, at: int) -> None:
        """Count occurrences that never ran."""
        self._ends.append((key, verdict, 0, count, at, UNMEASURED))

    def started_late(self, key: JobKey, micros: int) -> None:
        """Measure a start."""
        self._late.append((key, max(0, micros)))

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

    def summed(self) -> tuple[Counts, Sums]:
        """Return what is noted, added up."""
        counts: Counts = {}
        sums: Sums = {}
        for key, verdict, runs, occurrences, at, took in self._ends:
            known = counts.get((key, verdict), (0, 0, at))
            counts[key, verdict] = (known[0] + runs, known[1] + occurrences, max(known[2], at))
            if took != UNMEASURED:
                _measure(sums, Measure.RUN_DURATION, key, took)
        for key, micros in self._late:
            _measure(sums, Measure.START_LATENESS, key, micros)
        return counts, sums


def add(counts: Counts, more: Counts) -> Counts:
    """Return both together."""
    together = counts.copy()
    for name, (runs, occurrences, at) in more.items():
        known = together.get(name, (0, 0, at))
        together[name] = (known[0] + runs, known[1] + occurrences, max(known[2], at))
    return together


def add_sums(sums: Sums, more: Sums) -> Sums:
    """Return both together."""
    together = sums.copy()
    for name, (count, micros) in more.items():
        known = together.get(name, (0, 0))
        together[name] = (known[0] + count, known[1] + micros)
    return together


def totals_of(counts: Counts, sums: Sums) -> Totals:
    """Return the values that `Reader.totals` answers."""
    return Totals(
        [Total(key, verdict, *told[:2], rows.instant(told[2])) for (key, verdict), told in sorted(counts.items())],
        [Bucket(_MEASURES[name], job_set, upto, *told) for (name, job_set, upto), told in sorted(sums.items())],
    )


def _measure(sums: Sums, measure: Measure, key: JobKey, micros: int) -> None:
    name = (measure.value, set_label(key), bound_of(measure, micros))
    known = sums.get(name, (0, 0))
    sums[name] = (known[0] + 1, known[1] + micros)
