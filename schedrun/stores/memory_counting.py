"""Totals in dictionaries."""

from datetime import datetime, timedelta

from schedrun.core.ids import JobKey
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.run.totals import Totals
from schedrun.core.status import RunKind
from schedrun.stores import tally
from schedrun.stores.faults import UnknownJobError
from schedrun.stores.tally import Counts, Sums, Tally

NOTES_KEPT = 1_000
"""How many ends are noted before they are added up: adding up one by one costs more."""

_MICROSECOND = timedelta(microseconds=1)


class MemoryCounted:
    """The question of a `Reader` about totals."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: Counts = {}
        self._sums: Sums = {}
        self._tally = Tally()

    def totals(self) -> Totals:
        """Add up."""
        counts = {name: list(told) for name, told in self._counts.items()}
        sums = {name: list(told) for name, told in self._sums.items()}
        self._tally.add_to(counts, sums, took=_took)  # what this unit may still take back too
        return tally.totals_of(counts, sums, instant=_same)


class MemoryCounting(MemoryCounted):
    """The part of a `Transaction` that counts."""

    _jobs: dict[str, RecordedJob]

    def observe_lateness(self, job_uid: str, lateness: timedelta) -> None:
        """Note it."""
        self._tally.late((self._key_of(job_uid), lateness // _MICROSECOND))

    def _count_run(self, run: Run) -> None:
        scheduled = int(run.kind is RunKind.SCHEDULED)
        self._tally.ended(
            (self._jobs[run.job_uid].key, run.status.value, 1, scheduled, run.finished_at, run.started_at)
        )

    def _count_span(self, span: Span) -> None:
        at = span.last if span.decided_at is None else span.decided_at
        self._tally.ended((self._key_of(span.job_uid), span.status.value, 0, span.count, at, None))

    def _keep_counts(self) -> None:
        self._tally.keep()
        if self._tally.notes >= NOTES_KEPT:
            self._tally.add_to(self._counts, self._sums, took=_took)
            self._tally.clear()

    def _key_of(self, uid: str) -> JobKey:
        job = self._jobs.get(uid)
        if job is None:
            raise UnknownJobError(uid)
        return job.key


def _took(end: datetime, begin: datetime) -> int:
    return (end - begin) // _MICROSECOND


def _same(instant: datetime) -> datetime:
    return instant
