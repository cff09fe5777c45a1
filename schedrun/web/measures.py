"""What `/metrics` tells, read from one snapshot of the ledger: values, and nothing of how they are written."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from schedrun.core.ids import JobKey, set_label
from schedrun.core.run.recorded import RecordedJob, SyncRecord
from schedrun.core.run.totals import Totals
from schedrun.core.schedule.fires import Fires
from schedrun.core.status import JobStatus, RunStatus
from schedrun.protocols import Reader
from schedrun.scheduler import standings

TOLD_ON = timedelta(days=7)
"""How long totals are told of a key that no job has any more: every scrape of the meantime sees its last verdict.

The ledger keeps them, so a job that comes back goes on from where it was.
"""


@dataclass(frozen=True, slots=True)
class Measures:
    """What one snapshot says.

    `jobs` is how many live jobs have each status, `live` are their keys, and `told` these and those that lately went.
    """

    live: Collection[JobKey]
    told: Collection[JobKey]
    totals: Totals
    jobs: Mapping[JobStatus, int]
    runs_running: int
    runs_queued: int
    overrides: int
    late_jobs: int
    sync: SyncRecord | None

    @property
    def sets(self) -> Collection[str]:
        """The sets of the jobs that are told; `-` stands for that of jobs which are declared in code."""
        return {set_label(key) for key in self.told}

    @property
    def broken_files(self) -> int:
        """How many files the last reconcile could not use."""
        return 0 if self.sync is None else len({finding.position.file for finding in self.sync.broken})

    @property
    def blocked_removals(self) -> int:
        """How many removals the guard holds back."""
        return 0 if self.sync is None else len(self.sync.blocked)


@dataclass(frozen=True, slots=True)
class OfProcess:
    """What one process says of itself; `drift_jobs` is None where no manifests are followed."""

    active: bool
    loop_lag: float
    drift_jobs: int | None


def of(reader: Reader, *, fires: Callable[[RecordedJob], Fires], now: datetime) -> Measures:
    """Return what the ledger says at `now` (aware)."""
    rows, active, totals = reader.jobs(), reader.active_runs(), reader.totals()
    stand = standings.of(reader, rows, fires=fires, now=now, active=active, last=reader.last_finished())
    running = sum(run.status is RunStatus.RUNNING for run in active)
    live = {row.key for row in rows}
    lately = {total.job for total in totals.totals if total.at > now - TOLD_ON}
    return Measures(
        live=live,
        told=live | lately,
        totals=totals,
        jobs=Counter(each.status for each in stand),
        runs_running=running,
        runs_queued=len(active) - running,
        overrides=sum(_overridden(row, now) for row in rows),
        late_jobs=len(reader.late_jobs()),
        sync=reader.sync(),
    )


def _overridden(row: RecordedJob, now: datetime) -> bool:
    return row.override is not None and (row.override.until is None or row.override.until > now)
