"""`/`: whether the live jobs are what the manifests say, what runs, what failed, and what comes next."""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.ids import JobKey
from schedrun.core.run.mark import Tally
from schedrun.core.run.run import Run
from schedrun.core.status import JobStatus
from schedrun.protocols import Reader
from schedrun.render.job_view import JobView
from schedrun.web.charts.strip import kind_of
from schedrun.web.charts.timeline import STEP, STEPS, Step
from schedrun.web.pages import frame, outlook
from schedrun.web.pages.frame import Surroundings
from schedrun.web.pages.outlook import Outlook
from schedrun.web.views import Views

MOST = 8
"""How many rows each of the lists shows."""

_MOST_SPANS = 2000


class Upcoming(NamedTuple):
    """A fire that is still to come: the job and when (aware UTC), its spread offset included."""

    job: JobKey
    at: datetime


class Overview(NamedTuple):
    """All that the page shows."""

    around: Surroundings
    unreadable: Sequence[Diagnostic]
    statuses: Mapping[JobStatus, int]
    late: int
    running: Sequence[Run]
    active: int
    failing: Sequence[Run]
    upcoming: Sequence[Upcoming]
    keys: Mapping[str, JobKey]
    steps: Sequence[Step]

    @property
    def jobs(self) -> int:
        """How many live jobs there are."""
        return sum(self.statuses.values())


def ask(reader: Reader, views: Views, ahead: Outlook, *, now: datetime) -> Overview:
    """Return what the page shows at `now`."""
    jobs = reader.jobs()
    rows = views.of(reader, jobs, now=now)
    active = reader.active_runs()
    running = sorted(active, key=lambda run: (run.started_at is None, run.started_at or run.queued_at))[:MOST]
    failing = reader.failing(limit=MOST)
    unreadable = reader.unreadable()
    return Overview(
        around=frame.ask(reader)._replace(unreadable=len(unreadable)),
        unreadable=unreadable,
        statuses=Counter(row.status for row in rows),
        late=sum(row.late is not None for row in rows),
        running=running,
        active=len(active),
        failing=failing,
        upcoming=_upcoming(rows),
        keys=reader.keys({run.job_uid for run in (*running, *failing)}),
        steps=_steps(reader, ahead.ahead(((job, views.compiled(job)) for job in jobs), now=now), now),
    )


def _upcoming(rows: Sequence[JobView]) -> list[Upcoming]:
    due = ((at, row.job) for row in rows if (at := row.next_fire) is not None)
    return [Upcoming(job, at) for at, job in heapq.nsmallest(MOST, due)]


def _steps(reader: Reader, ahead: Sequence[int], now: datetime) -> list[Step]:
    """Return the day behind and the day ahead; the step of now is the last of those behind."""
    current = outlook.step_of(now)
    first = current - (STEPS - 1) * STEP
    steps = [Step(first + place * STEP) for place in range(2 * STEPS - 1)]
    for tally in reader.tallies(first=first, steps=STEPS, step=STEP):
        place = (tally.start - first) // STEP
        steps[place] = _with(steps[place], tally)
    for begun, ended in reader.spans_within(first=first, last=now, limit=_MOST_SPANS):
        for place in range(max((begun - first) // STEP, 0), (ended - first) // STEP + 1):
            steps[place] = steps[place]._replace(never=steps[place].never + 1)
    for place, number in enumerate(ahead, start=STEPS - 1):
        so_far = sum(steps[place][1:4]) if place == STEPS - 1 else 0
        steps[place] = steps[place]._replace(ahead=max(number - so_far, 0))
    return steps


def _with(step: Step, tally: Tally) -> Step:
    if kind_of(tally.status) == "bad":
        return step._replace(unwell=step.unwell + tally.number)
    return step._replace(well=step.well + tally.number)
