"""What ran ahead of a clock that was set back, as the ledger has it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from schedrun.core.run import set_back
from schedrun.core.run.occurrences import Verdicts
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.status import RunKind
from schedrun.protocols import Reader


def of(reader: Reader, jobs: Iterable[RecordedJob], *, now: datetime) -> dict[str, Verdicts]:
    """Return, by uid, the stretches of the jobs that lie ahead of `now` and fire no more; jobs without are left out.

    Spans are not among them: they are open again as soon as somebody plans.
    """
    found: dict[str, Verdicts] = {}
    for job in jobs:
        reach = set_back.reach(job, now=now)
        if reach is None:
            continue
        not_come = now - (job.spec.schedule.spread or timedelta())
        runs = reader.runs_between(job.uid, first=not_come, last=reach)
        stretches = [(run.fire_time, run.fire_time) for run in runs if run.kind is RunKind.SCHEDULED]
        if (forgotten := reader.forgotten(job.uid)) is not None:
            stretches.append(forgotten)
        if stretches:
            found[job.uid] = tuple(stretches)
    return found
