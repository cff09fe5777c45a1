"""Lateness as SQL."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from schedrun.core.run import lateness as judging
from schedrun.core.run.lateness import Late, Lateness, Newest
from schedrun.stores import rows
from schedrun.stores.queries import Queries
from schedrun.stores.rows import Row, micros, micros_or_none
from schedrun.stores.statements import SQL

_MICROSECOND = timedelta(microseconds=1)


class LatenessReading(Queries):
    """The questions of a `Reader` about lateness."""

    def lateness(self, job_uid: str) -> Lateness | None:
        """Select by job."""
        row = self._one(SQL["lateness_of_job"], (job_uid,))
        return None if row is None else _lateness_of(row)

    def expecting(self) -> Sequence[str]:
        """Select the jobs."""
        return [uid for (uid,) in self._all(SQL["lateness_jobs"])]

    def late_jobs(self) -> dict[str, Late]:
        """Select those that are late."""
        return _late(self._all(SQL["lateness_late"]))

    def late_of(self, job_uids: Iterable[str]) -> dict[str, Late]:
        """Select those of them that are late."""
        return _late(self._all(SQL["lateness_late_of_jobs"], (rows.to_json(list(job_uids)),)))

    def newest_occurrence(self, job_uid: str) -> Newest | None:
        """Select the newest of runs and of spans."""
        run = self._one(SQL["newest_run_of_job"], (job_uid,))
        span = self._one(SQL["newest_span_of_job"], (job_uid,))
        found = [(row[0], bool(row[-1])) for row in (run, None if span is None else (span[0], 0)) if row is not None]
        if not found:
            return None
        at, succeeded = max(found)
        succeeded = succeeded or self._one(SQL["manual_success_since"], (job_uid, at)) is not None
        return Newest(rows.instant(at), succeeded)


class LatenessWriting(LatenessReading):
    """The part of a `Transaction` that writes it."""

    def put_lateness(self, lateness: Lateness) -> None:
        """Upsert by job."""
        row = (
            lateness.job_uid,
            lateness.finish_by,
            None if lateness.within is None else lateness.within // _MICROSECOND,
            micros(lateness.judged_until),
            micros(lateness.counted_from),
            micros_or_none(lateness.newest),
            int(lateness.newest_succeeded),
            micros_or_none(lateness.unfinished_since),
            micros_or_none(lateness.unsucceeded_since),
        )
        self._of_known_job(lateness.job_uid, SQL["lateness_put"], row)

    def drop_lateness(self, job_uid: str) -> None:
        """Delete by job."""
        self._execute(SQL["lateness_drop"], (job_uid,))


def _late(found: Iterable[Row]) -> dict[str, Late]:
    kept = map(_lateness_of, found)
    return {each.job_uid: late for each in kept if (late := judging.late(each)) is not None}


def _lateness_of(row: Row) -> Lateness:
    uid, finish_by, within, judged_until, counted_from, newest, succeeded, unfinished_since, unsucceeded_since = row
    return Lateness(
        uid,
        finish_by,
        None if within is None else within * _MICROSECOND,
        rows.instant(judged_until),
        rows.instant(counted_from),
        rows.instant_or_none(newest),
        bool(succeeded),
        rows.instant_or_none(unfinished_since),
        rows.instant_or_none(unsucceeded_since),
    )
