"""Many runs at a glance, as SQL and over dictionaries."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter, itemgetter

from schedrun.core.ids import set_of
from schedrun.core.run.mark import Mark, Tally
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.stores import rows
from schedrun.stores.history import History
from schedrun.stores.queries import Queries
from schedrun.stores.rows import micros
from schedrun.stores.statements import SQL

_TICK = timedelta(microseconds=1)


class SqlGlances(Queries):
    """The glances of a `Reader` as SQL over one connection."""

    def marks(self, job_uids: Iterable[str], *, limit: int) -> Mapping[str, Sequence[Mark]]:
        """Select each job's newest."""
        found = {uid: self._all(SQL["marks_of_job"], {"uid": uid, "limit": limit}) for uid in job_uids}
        return {uid: [rows.mark_of(row) for row in some] for uid, some in found.items() if some}

    def tallies(self, *, first: datetime, steps: int, step: timedelta) -> Sequence[Tally]:
        """Count by step and status."""
        asked = {"first": micros(first), "end": micros(first + steps * step), "step": step // _TICK}
        return [rows.tally_of(row, first=first, step=step) for row in self._all(SQL["tallies"], asked)]

    def spans_within(self, *, first: datetime, last: datetime, limit: int) -> Sequence[tuple[datetime, datetime]]:
        """Select by the end."""
        asked = {"first": micros(first), "last": micros(last), "limit": limit}
        return [(rows.instant(begun), rows.instant(ended)) for begun, ended in self._all(SQL["spans_within"], asked)]

    def sets(self) -> Mapping[str | None, int]:
        """Count by what stands before the slash."""
        return dict(self._all(SQL["job_sets"]))

    def failing(self, *, limit: int) -> Sequence[Run]:
        """Select what was noted at each end, and the runs that it was noted of."""
        return [rows.run_of(row) for row in self._all(SQL["runs_failing"], {"limit": limit})]


class MemoryGlances:
    """The glances of a `Reader` over dictionaries."""

    _jobs: dict[str, RecordedJob]
    _runs: dict[str, Run]
    _histories: dict[str, History]
    _last_finished: dict[str, Run]

    def marks(self, job_uids: Iterable[str], *, limit: int) -> Mapping[str, Sequence[Mark]]:
        """Pick each job's newest."""
        found = {uid: self._newest_of(uid, limit) for uid in job_uids}
        return {uid: [_mark_of(run) for run in some] for uid, some in found.items() if some}

    def tallies(self, *, first: datetime, steps: int, step: timedelta) -> Sequence[Tally]:
        """Count by step and status."""
        end = first + steps * step
        counts = Counter(
            ((run.fire_time - first) // step, run.status) for run in self._runs.values() if first <= run.fire_time < end
        )
        return [Tally(first + place * step, status, number) for (place, status), number in sorted(counts.items())]

    def spans_within(self, *, first: datetime, last: datetime, limit: int) -> Sequence[tuple[datetime, datetime]]:
        """Pick by the end."""
        ends = (
            (span.first, span.last)
            for history in self._histories.values()
            for span in history.spans.values()
            if first <= span.last <= last
        )
        return heapq.nlargest(limit, ends, key=itemgetter(1))

    def sets(self) -> Mapping[str | None, int]:
        """Count by what stands before the slash."""
        return Counter(set_of(job.key) for job in self._jobs.values() if job.removed_at is None)

    def failing(self, *, limit: int) -> Sequence[Run]:
        """Pick the latest ends."""
        ended = [
            (run.finished_at or run.queued_at, run)
            for uid, run in self._last_finished.items()
            if run.status.unsuccessful and self._jobs[uid].removed_at is None and run.id in self._runs
        ]
        ended.sort(key=lambda item: item[1].job_uid)
        ended.sort(key=itemgetter(0), reverse=True)
        return [self._runs[run.id]._replace(output=None) for _, run in ended[:limit]]

    def _newest_of(self, uid: str, limit: int) -> Sequence[Run]:
        history = self._histories.get(uid)
        ids = () if history is None else (*history.active, *history.finished)
        return heapq.nlargest(limit, map(self._runs.__getitem__, ids), key=attrgetter("fire_time"))


def _mark_of(run: Run) -> Mark:
    return Mark(run.id, run.job_uid, run.fire_time, run.kind, run.status, run.attempt, run.started_at, run.finished_at)
