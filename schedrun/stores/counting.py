"""Totals as SQL: read as they stand, written once for all units that share a COMMIT."""

from datetime import timedelta
from operator import sub
from sqlite3 import Connection

from schedrun.core.ids import JobKey
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.totals import Totals
from schedrun.stores import rows, tally
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
        return tally.totals_of(*self._written(), instant=rows.instant)

    def _written(self) -> tuple[Counts, Sums]:
        counts: Counts = {tuple(row[:2]): list(row[2:]) for row in self._all(SQL["totals"])}
        sums: Sums = {tuple(row[:3]): list(row[3:]) for row in self._all(SQL["buckets"])}
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
        self._tally.add_to(counts, sums, took=sub)
        return tally.totals_of(counts, sums, instant=rows.instant)

    def observe_lateness(self, job_uid: str, lateness: timedelta) -> None:
        """Note it."""
        self._tally.late((self._key_of(job_uid), lateness // _MICROSECOND))

    def write_counts(self) -> None:
        """Upsert everything that was counted since the last time."""
        counts: Counts = {}
        sums: Sums = {}
        self._tally.add_to(counts, sums, took=sub)
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
