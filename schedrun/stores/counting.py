"""Totals as SQL: read as they stand, written once for all units that share a COMMIT."""

from datetime import timedelta
from sqlite3 import Connection

from schedrun.core.ids import JobKey
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.totals import Totals
from schedrun.stores import tally
from schedrun.stores.faults import UnknownJobError
from schedrun.stores.jobs import JobCache
from schedrun.stores.queries import Queries
from schedrun.stores.statements import SQL
from schedrun.stores.tally import Counts, Sums, Tally

_MICROSECOND = timedelta(microseconds=1)


class Counted(Queries):
    """The question of a `Reader` about totals."""

    def totals(self) -> Totals:
        """Select all of them."""
        return tally.totals_of(*self._written())

    def _written(self) -> tuple[Counts, Sums]:
        counts = {(key, verdict): (runs, due, at) for key, verdict, runs, due, at in self._all(SQL["totals"])}
        sums = {
            (name, job_set, upto): (count, micros) for name, job_set, upto, count, micros in self._all(SQL["buckets"])
        }
        return counts, sums


class Counting(Counted):
    """The part of a `Transaction` that counts; `write_counts` must come before each COMMIT."""

    def __init__(self, connection: Connection, jobs: JobCache) -> None:
        super().__init__(connection, jobs)
        self._execute_many = connection.executemany
        self._tally = Tally()
        self._rows: dict[str, RecordedJob] = {}
        """Rows of jobs that are known to be as they are in the ledger, by uid."""

    def totals(self) -> Totals:
        """Select all of them, and add what waits to be written."""
        counts, sums = self._written()
        more, more_sums = self._tally.summed()
        return tally.totals_of(tally.add(counts, more), tally.add_sums(sums, more_sums))

    def observe_lateness(self, job_uid: str, lateness: timedelta) -> None:
        """Note it."""
        self._tally.started_late(self._key_of(job_uid), lateness // _MICROSECOND)

    def write_counts(self) -> None:
        """Upsert everything that was counted since the last time."""
        counts, sums = self._tally.summed()
        self._tally.clear()
        if counts:
            self._execute_many(SQL["total_add"], [(*name, *told) for name, told in sorted(counts.items())])
        if sums:
            self._execute_many(SQL["bucket_add"], [(*name, *told) for name, told in sorted(sums.items())])

    def _key_of(self, uid: str) -> JobKey:
        known = self._rows.get(uid)
        if known is not None:
            return known.key
        row = self._one(SQL["job_key_of_uid"], (uid,))
        if row is None:
            raise UnknownJobError(uid)
        key: JobKey = row[0]
        return key
