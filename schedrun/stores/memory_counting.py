"""Totals in dictionaries."""

from datetime import timedelta

from schedrun.core.ids import JobKey
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.run.totals import Totals
from schedrun.core.status import RunKind
from schedrun.stores import tally
from schedrun.stores.faults import UnknownJobError
from schedrun.stores.rows import micros, micros_or_none
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
        counts, sums = self._tally.summed()
        return tally.totals_of(tally.add(self._counts, counts), tally.add_sums(self._sums, sums))


class MemoryCounting(MemoryCounted):
    """The part of a `Transaction` that counts."""

    _jobs: dict[str, RecordedJob]

    def observe_lateness(self, job_uid: str, lateness: timedelta) -> None:
        """Note it."""
        self._tally.started_late(self._key_of(job_uid), lateness // _MICROSECOND)

    def _count_run(self, run: Run) -> None:
        assert run.finished_at is not None  # it has ended
        self._tally.run_ended(
            self._jobs[run.job_uid].key,
            run.status,
            scheduled=run.kind is RunKind.SCHEDULED,
            at=micros(run.finished_at),
            started_at=micros_or_none(run.started_at),
        )

    def _count_span(self, span: Span) -> None:
        at = span.last if span.decided_at is None else span.decided_at
        self._tally.occurrences(self._key_of(span.job_uid), span.status.value, span.count, at=micros(at))

    def _keep_counts(self) -> None:
        self._tally.keep()
        if self._tally.notes >= NOTES_KEPT:
            counts, sums = self._tally.summed()
            self._counts, self._sums = tally.add(self._counts, counts), tally.add_sums(self._sums, sums)
            self._tally.clear()

    def _key_of(self, uid: str) -> JobKey:
        job = self._jobs.get(uid)
        if job is None:
            raise UnknownJobError(uid)
        return job.key
