"""How every job stands, kept from page to page: only what changed, or fired since, is worked out anew."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from schedrun.core.run import job_status, pauses, set_back
from schedrun.core.run.job_status import Standing
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.schedule.fires import Fires
from schedrun.core.status import RunStatus
from schedrun.protocols import Reader
from schedrun.scheduler import ahead


class Row(NamedTuple):
    """A live job, its fire times, and how it stands."""

    job: RecordedJob
    fires: Fires
    standing: Standing


class _Known(NamedTuple):
    row: Row
    last: RunStatus | None
    kept: bool
    """Whether it holds until the job's row changes or its next fire has come: nothing else can change it."""


class Board:
    """Every live job of one ledger; its stores hand out the same object for a row that did not change."""

    def __init__(self, compiled: Callable[[RecordedJob], Fires]) -> None:
        """Take what compiles a job's schedule."""
        self._compiled = compiled
        self._known: dict[str, _Known] = {}
        self._lock = Lock()

    def rows(self, reader: Reader, *, now: datetime) -> list[Row]:
        """Return how each live job stands at `now`, ordered by key."""
        last = reader.last_finished()
        active: dict[str, list[Run]] = defaultdict(list)
        for run in reader.active_runs():
            active[run.job_uid].append(run)
        jobs = reader.jobs()
        with self._lock:
            known = {job.uid: self._look(reader, job, active.get(job.uid, ()), last.get(job.uid), now) for job in jobs}
            self._known = known
        return [each.row for each in known.values()]

    def row(self, reader: Reader, job: RecordedJob, *, now: datetime) -> Row:
        """Return how one job stands, live or removed."""
        return self._made(
            reader, job, reader.active_runs(job.uid), reader.last_finished_of([job.uid]).get(job.uid), now
        )

    def _look(
        self, reader: Reader, job: RecordedJob, active: Sequence[Run], last: RunStatus | None, now: datetime
    ) -> _Known:
        known = self._known.get(job.uid)
        if known is not None and known.kept and not active and known.row.job is job and known.last is last:
            upcoming = known.row.standing.next_fire
            if upcoming is None or upcoming > now:
                return known
        row = self._made(reader, job, active, last, now)
        return _Known(row, last, kept=not active and set_back.reach(job, now=now) is None and not pauses.of(job))

    def _made(
        self, reader: Reader, job: RecordedJob, active: Sequence[Run], last: RunStatus | None, now: datetime
    ) -> Row:
        compiled = self._compiled(job)
        ran = ahead.of(reader, [job], now=now).get(job.uid, ())
        return Row(job, compiled, job_status.standing(job, compiled, active=active, last=last, now=now, ahead=ran))
