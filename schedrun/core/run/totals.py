"""Totals: how many runs and occurrences ended how since the ledger began, and how long it took them.

They only grow. What is counted, and when, is said by `protocols.TotalsReader`.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from schedrun.core.ids import JobKey
from schedrun.core.status import RunStatus

WITHOUT_BOUND = 2**63 - 1
"""The upper bound of the last bucket: nothing takes longer."""

MEASURED = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.TIMED_OUT})
"""Ends that say how long the work takes: nobody let it be cut short before."""


class Measure(StrEnum):
    """What is measured in seconds."""

    RUN_DURATION = "run_duration"
    START_LATENESS = "start_lateness"


class Total(NamedTuple):
    """How many runs of a job, and how many of its occurrences, got one verdict; `at` is when the last of them did."""

    job: JobKey
    verdict: str
    runs: int
    occurrences: int
    at: datetime


class Bucket(NamedTuple):
    """How many measured values of the jobs of a set lie up to a bound and above the next lower one.

    `upto` is that bound, inclusive, in microseconds (`WITHOUT_BOUND` for the last); `values` is how many there are,
    `micros` their sum.
    """

    measure: Measure
    job_set: str
    upto: int
    values: int
    micros: int


class Totals(NamedTuple):
    """Everything that was counted: totals by job and verdict, buckets by measure, set and bound."""

    totals: Sequence[Total] = ()
    buckets: Sequence[Bucket] = ()


def bound_of(measure: str, micros: int) -> int:
    """Return the upper bound of the bucket that a value of so many microseconds of a `Measure` falls into."""
    bounds = _BOUNDS[measure]
    place = bisect_left(bounds, micros)
    return bounds[place] if place < len(bounds) else WITHOUT_BOUND


def bounds_of(measure: Measure) -> tuple[int, ...]:
    """Return the upper bounds of the buckets in microseconds, ascending, without the last that has none."""
    return _BOUNDS[measure]


def _micros(*seconds: float) -> tuple[int, ...]:
    return tuple(round(each * 1_000_000) for each in seconds)


_HOUR = 3600

# By plain texts: a member of an enumeration takes thrice the time to look up, and every run is measured.
# Work takes from milliseconds to most of a day; a start is late by milliseconds, or by as long as a service was down.
_BOUNDS: Mapping[str, tuple[int, ...]] = {
    "run_duration": _micros(
        *(0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800), *(_HOUR, 2 * _HOUR, 6 * _HOUR, 24 * _HOUR)
    ),
    "start_lateness": _micros(
        *(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900), *(_HOUR, 6 * _HOUR, 24 * _HOUR)
    ),
}
