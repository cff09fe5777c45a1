"""The rows of jobs, kept from answer to answer: only what changed, or fired since, is worked out anew."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import Depends, Request

from schedrun.core.plan import forecast
from schedrun.core.plan.forecast import Timeline
from schedrun.core.run import pauses, set_back
from schedrun.core.run.lateness import Late
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.schedule.fires import BEGINNING, Fires
from schedrun.core.spec.zone import zone_of
from schedrun.core.status import RunStatus
from schedrun.protocols import Reader
from schedrun.render import job_view
from schedrun.render.job_view import JobView
from schedrun.scheduler import standings
from schedrun.web.backend import backend

_NEXT_FIRES = 5


class _Known(NamedTuple):
    job: RecordedJob
    view: JobView
    last: RunStatus | None
    steady: bool
    """Whether nothing but the row, its runs, and the coming of its next fire can change how it stands."""


class Views:
    """How the jobs of one ledger stand; stores hand out the same object for a row that did not change.

    Several threads may ask at once: an entry is replaced whole, so what a race costs is looking twice.
    """

    def __init__(self, compiled: Callable[[RecordedJob], Fires]) -> None:
        """Take what compiles a job's schedule."""
        self.compiled = compiled
        self._known: dict[str, _Known] = {}
        self._upcoming: dict[str, tuple[RecordedJob, Sequence[datetime]]] = {}

    def of(self, reader: Reader, jobs: Sequence[RecordedJob], *, now: datetime) -> list[JobView]:
        """Return the rows of these jobs as they stand at `now` (aware), in their order."""
        uids = [job.uid for job in jobs]
        active: defaultdict[str, list[Run]] = defaultdict(list)
        for run in reader.active_runs_of(uids):
            active[run.job_uid].append(run)
        last, late = reader.last_finished_of(uids), reader.late_of(uids)
        changed = [
            job for job in jobs if not self._holds(job, active.get(job.uid), last.get(job.uid), late.get(job.uid), now)
        ]
        runs = [run for job in changed for run in active.get(job.uid, ())]
        stand = standings.of(reader, changed, fires=self.compiled, now=now, active=runs, last=last, late=late)
        for job, standing in zip(changed, stand, strict=True):
            before = self._known.get(job.uid)
            if before is not None and before.job.spec is job.spec and before.job.key == job.key:
                # Its words, which take as long as its fires, are those of its spec.
                view = replace(
                    before.view,
                    status=standing.status,
                    next_fire=standing.next_fire,
                    paused=standing.paused,
                    file=job.file,
                    line=job.line,
                    revision=job.revision,
                    late=standing.late,
                )
            else:
                view = job_view.of(job, standing)
            steady = job.uid not in active and not pauses.of(job) and set_back.reach(job, now=now) is None
            self._known[job.uid] = _Known(job, view, last.get(job.uid), steady)
        return [self._known[uid].view for uid in uids]

    def next_fires(self, job: RecordedJob, view: JobView) -> Sequence[datetime]:
        """Return the fires of a job from its row's `next_fire` on (aware UTC), spread offset included."""
        if view.next_fire is None:
            return ()
        known = self._upcoming.get(job.uid)
        if known is None or known[0].spec is not job.spec or known[1][0] != view.next_fire:
            line = Timeline(self.compiled(job), zone_of(job.spec.timezone or "UTC"), BEGINNING)
            later = forecast.following(line, after=view.next_fire, number=_NEXT_FIRES - 1)
            known = self._upcoming[job.uid] = job, (view.next_fire, *later)
        return known[1]

    def _holds(
        self, job: RecordedJob, active: Sequence[Run] | None, last: RunStatus | None, late: Late | None, now: datetime
    ) -> bool:
        known = self._known.get(job.uid)
        if known is None or not known.steady or active or known.job is not job or known.last is not last:
            return False
        if known.view.late != late:
            return False
        return known.view.next_fire is None or known.view.next_fire > now


async def _views(request: Request) -> Views:
    """Return the application's, made when it is first asked for."""
    state = request.app.state
    if not hasattr(state, "views"):
        state.views = Views(backend(request).fires)
    found: Views = state.views
    return found


Shown = Annotated[Views, Depends(_views)]
"""The rows of jobs, as a route's parameter."""
