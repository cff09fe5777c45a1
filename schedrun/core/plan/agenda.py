"""The fires to come of recorded jobs: listed, and only counted where there are many."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schedrun.core.ids import JobKey
from schedrun.core.plan import forecast
from schedrun.core.plan.forecast import Timeline, Window
from schedrun.core.run import pauses
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.schedule.fires import BEGINNING, Fires
from schedrun.core.spec.zone import zone_of

DENSE = 1_000
"""A job with more fires than this is counted."""
MOST = 50_000
"""So many fires are listed of all jobs together; where there are more, the densest jobs are counted too."""


@dataclass(frozen=True, slots=True)
class Agenda:
    """What fires within a window: instants with the spread's offset (aware UTC), by time and then by job.

    `dense` are the jobs that are only counted, and how often they fire.
    """

    fires: tuple[tuple[JobKey, datetime], ...]
    dense: tuple[tuple[JobKey, int], ...]


def of(jobs: Iterable[tuple[RecordedJob, Fires]], window: Window, *, now: datetime) -> Agenda:
    """Return what the jobs' schedules bring within the window, but for what a pause that holds at `now` skips."""
    lines = {job.key: _timeline(job, compiled, now) for job, compiled in jobs}
    # Many jobs have one schedule, and are looked at once.
    many = {line: forecast.count(line, window) for line in set(lines.values())}
    counts = {key: many[line] for key, line in lines.items() if many[line]}
    dense = _dense(counts)
    listed = {key: lines[key] for key in counts.keys() - dense}
    instants = {line: forecast.runs(line, window) for line in set(listed.values())}
    fires = sorted((at, key) for key, line in listed.items() for at in instants[line])
    return Agenda(tuple((key, at) for at, key in fires), tuple((key, counts[key]) for key in sorted(dense)))


def _timeline(job: RecordedJob, compiled: Fires, now: datetime) -> Timeline:
    pause = pauses.holding(job, now)
    return Timeline(compiled, zone_of(job.spec.timezone or "UTC"), BEGINNING if pause is None else pause.until)


def _dense(counts: dict[JobKey, int]) -> set[JobKey]:
    """Return the jobs that have too many fires each, and of the others the densest until the rest is few enough."""
    dense = {key for key, count in counts.items() if count > DENSE}
    total = sum(count for key, count in counts.items() if key not in dense)
    for key in sorted(counts.keys() - dense, key=lambda key: (-counts[key], key)):
        if total <= MOST:
            break
        dense.add(key)
        total -= counts[key]
    return dense
