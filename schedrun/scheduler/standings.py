"""How several jobs stand, as the ledger has it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from schedrun.core.run.job_status import Standing, standing
from schedrun.core.run.lateness import Late
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.schedule.fires import Fires
from schedrun.core.status import RunStatus
from schedrun.protocols import Reader
from schedrun.scheduler import ahead


def of(
    reader: Reader,
    jobs: Sequence[RecordedJob],
    *,
    fires: Callable[[RecordedJob], Fires],
    now: datetime,
    active: Iterable[Run] | None = None,
    last: Mapping[str, RunStatus] | None = None,
    late: Mapping[str, Late] | None = None,
) -> list[Standing]:
    """Return how each of the jobs stands at `now` (aware), in their order.

    `active`, `last` and `late` are what the reader says of active runs, last ends and lateness, asked for these jobs
    where not given.
    """
    uids = [job.uid for job in jobs]
    runs: defaultdict[str, list[Run]] = defaultdict(list)
    for run in reader.active_runs_of(uids) if active is None else active:
        runs[run.job_uid].append(run)
    ends = reader.last_finished_of(uids) if last is None else last
    ran_ahead, lates = ahead.of(reader, jobs, now=now), reader.late_of(uids) if late is None else late
    return [
        standing(
            job,
            fires(job),
            active=runs.get(job.uid, ()),
            last=ends.get(job.uid),
            now=now,
            ahead=ran_ahead.get(job.uid, ()),
            late=lates.get(job.uid),
        )
        for job in jobs
    ]
