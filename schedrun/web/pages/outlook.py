"""How many fires come in each half hour of the next day, kept from page to page: only what changed is counted anew."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import NamedTuple

from schedrun.core.run import pauses
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import TICK, Fires
from schedrun.web.charts.timeline import STEP, STEPS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FEW = 4 * STEPS
"""Up to so many fires are listed; of more the steps are counted one by one."""


class _Known(NamedTuple):
    compiled: Fires
    opens: datetime | None
    counts: Sequence[int]


class Outlook:
    """The fires of all jobs by the step in which they come."""

    def __init__(self) -> None:
        """Begin without any job."""
        self._lock = Lock()
        self._begin: datetime | None = None
        self._known: dict[str, _Known] = {}
        self._total = [0] * STEPS

    def ahead(self, jobs: Iterable[tuple[RecordedJob, Fires]], *, now: datetime) -> Sequence[int]:
        """Return how many fires come in each of the steps that begin with the one of `now`, that one whole.

        A pause that ends takes away what comes before its end, one without end all of it.
        """
        begin = step_of(now)
        with self._lock:
            if begin != self._begin:
                self._begin, self._known, self._total = begin, {}, [0] * STEPS
            same: dict[Fires, Sequence[int]] = {}
            left = set(self._known)
            for job, compiled in jobs:
                left.discard(job.uid)
                self._count(job, compiled, begin=begin, now=now, same=same)
            for uid in left:
                self._add(self._known.pop(uid).counts, -1)
            return tuple(self._total)

    def _count(  # a job, a stretch of time, and what is shared
        self, job: RecordedJob, compiled: Fires, *, begin: datetime, now: datetime, same: dict[Fires, Sequence[int]]
    ) -> None:
        opens = _opens(job, begin=begin, now=now)
        known = self._known.get(job.uid)
        if known is not None and known.compiled is compiled and known.opens == opens:
            return
        if known is not None:
            self._add(known.counts, -1)
        counts = _counts(compiled, begin=begin, opens=opens, same=same)
        self._known[job.uid] = _Known(compiled, opens, counts)
        self._add(counts, 1)

    def _add(self, counts: Sequence[int], sign: int) -> None:
        for place, number in enumerate(counts):
            if number:
                self._total[place] += sign * number


def step_of(moment: datetime) -> datetime:
    """Return when the step of an instant began."""
    return moment - (moment - _EPOCH) % STEP


def _opens(job: RecordedJob, *, begin: datetime, now: datetime) -> datetime | None:
    """Return from when on fires count, None for never."""
    pause = pauses.holding(job, now)
    return begin if pause is None else pause.until


def _counts(
    compiled: Fires, *, begin: datetime, opens: datetime | None, same: dict[Fires, Sequence[int]]
) -> Sequence[int]:
    if opens is None:
        return ()
    if opens > begin:
        return _counted(compiled, begin=begin, opens=opens)
    if compiled not in same:  # many jobs share a schedule
        same[compiled] = _counted(compiled, begin=begin, opens=begin)
    return same[compiled]


def _counted(compiled: Fires, *, begin: datetime, opens: datetime) -> Sequence[int]:
    after, until = opens - compiled.offset - TICK, begin + STEPS * STEP - compiled.offset - TICK
    number = fires.count(compiled, after=after, until=until) if after < until else 0
    if not number:
        return ()
    counts = [0] * STEPS
    if number <= _FEW:
        for at in fires.latest(compiled, after=after, until=until, limit=sys.maxsize):
            counts[(at + compiled.offset - begin) // STEP] += 1
        return counts
    for place in range(STEPS):
        first = begin + place * STEP - compiled.offset - TICK
        last = first + STEP
        if last > after:
            counts[place] = fires.count(compiled, after=max(first, after), until=last)
    return counts
