"""SR4: what all jobs together do in the seven days after now."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.schedule import fires
from schedrun.core.schedule.words import counted, listed
from schedrun.core.spec.job import Job
from schedrun.core.spec.policy import Overlap
from schedrun.core.spec.schedule import IntervalSchedule
from schedrun.core.spec.target import HttpTarget
from schedrun.lint import minutes
from schedrun.lint.facts import Facts, is_paused
from schedrun.lint.found import Found, Path
from schedrun.lint.minutes import Horizon, Load

_FEW = 3
_MINUTE = timedelta(minutes=1)
_REQUEST = timedelta(seconds=30)
"""How long a request may take that says no timeout."""


@dataclass(frozen=True, slots=True)
class _Starts:
    """A job, and the minutes in which it starts."""

    job: DeclaredJob
    minutes: int


@dataclass(frozen=True, slots=True)
class _Running:
    """A job, and how many of its runs each minute may have at once."""

    job: DeclaredJob
    load: Load


@dataclass(frozen=True, slots=True)
class _Limited:
    """Jobs of which at most `limit` run at once, what they are called, and the value at which it is said."""

    who: str
    members: Sequence[_Starts]
    limit: int
    path: Path | None


def check(jobs: Iterable[DeclaredJob], facts: Facts) -> Iterator[tuple[Found, DeclaredJob]]:
    """Yield what is unwise about jobs together, with the job at which it is said. Paused jobs do not count."""
    horizon = minutes.horizon_from(facts.now)
    starts = [_Starts(job, _starts(job, facts, horizon=horizon)) for job in jobs if not is_paused(job.spec)]
    yield from _one_minute(starts, facts.settings.fleet_threshold, horizon=horizon)
    groups: dict[str, list[_Starts]] = defaultdict(list)
    for each in starts:
        if each.job.spec.group is not None:
            groups[each.job.spec.group].append(each)
    for name, limit in facts.settings.groups.items():
        yield from _group(_Limited(f"group `{name}`", groups[name], limit, ("group",)), facts, horizon=horizon)
    if facts.settings.max_running is not None:
        yield from _concurrency(_Limited("all jobs", starts, facts.settings.max_running, None), horizon)


def _starts(job: DeclaredJob, facts: Facts, *, horizon: Horizon) -> int:
    return minutes.of_fires(fires.of(job.spec, key=job.key), horizon=horizon, once=facts.once)


def _one_minute(starts: Sequence[_Starts], threshold: int, *, horizon: Horizon) -> Iterator[tuple[Found, DeclaredJob]]:
    if len(starts) <= threshold:
        return
    load = Load(each.minutes for each in starts)
    count, place = load.busiest()
    if count <= threshold:
        return
    involved = _at(starts, place)
    often = load.above(threshold).bit_count()
    more = f", and more than {threshold} in {counted(often, 'minute')} of seven days" if often > 1 else ""
    message = f"{count} jobs start at {_said(horizon, place)}: {_names(involved, place)}{more}"
    hint = f"write `spread` or other minutes; the settings take up to {threshold} (`fleet-threshold`)"
    yield Found("SR401", message, hint, ("schedule",)), involved[0].job


def _group(group: _Limited, facts: Facts, *, horizon: Horizon) -> Iterator[tuple[Found, DeclaredJob]]:
    """Yield what jobs of a group have to wait for: runs that start with them, else runs that may last so long."""
    together = list(_together(group, horizon)) if facts.settings.selects("SR403") else []
    # What starts at once also runs at once: a second finding would say it twice.
    yield from together or _concurrency(group, horizon)


def _together(group: _Limited, horizon: Horizon) -> Iterator[tuple[Found, DeclaredJob]]:
    count, place = Load(each.minutes for each in group.members).busiest()
    if count <= group.limit:
        return
    involved = _at(group.members, place)
    limited = "one runs at a time" if group.limit == 1 else f"{group.limit} may run at once"
    message = (
        f"{count} jobs of {group.who} start at {_said(horizon, place)}, where {limited}: {_names(involved, place)}"
    )
    hint = "write other minutes or a `spread`, so that none of them has to wait"
    yield Found("SR403", message, hint, group.path), involved[1].job


def _concurrency(limited: _Limited, horizon: Horizon) -> Iterator[tuple[Found, DeclaredJob]]:
    running = [_Running(each.job, _running(each, horizon)) for each in limited.members]
    load = Load()
    for each in running:
        load.add_all(each.load)
    count, place = load.busiest()
    if count <= limited.limit:
        return
    involved = sorted((each for each in running if each.load.count(place)), key=_place)
    message = (
        f"{count} runs of {limited.who} are planned at once at {_said(horizon, place)}, where {limited.limit} may run,"
        f" each for its whole `timeout`: {_names(involved, place)}"
    )
    hint = "write other times, shorter timeouts, or a higher limit"
    yield Found("SR405", message, hint, limited.path), involved[0].job


def _running(each: _Starts, horizon: Horizon) -> Load:
    """Return how many runs of a job are active in each minute when all take as long as they may."""
    spec = each.job.spec
    duration, most = _longest(spec), _most_at_once(spec)
    if most == 1:
        return Load([minutes.lasting(each.minutes, duration, horizon=horizon)])
    if isinstance(spec.schedule, IntervalSchedule) and spec.schedule.every < _MINUTE:
        return Load([minutes.lasting(each.minutes, duration, horizon=horizon)]).times(most)
    return minutes.at_once(each.minutes, duration, most=most, horizon=horizon)


def _most_at_once(job: Job) -> int:
    """Return how many runs of a job may be active at once: by its `overlap`, and as its interval has them."""
    most = sys.maxsize if job.overlap is Overlap.ALLOW else job.max_instances
    if isinstance(job.schedule, IntervalSchedule):
        return max(min(most, -(-_longest(job) // job.schedule.every)), 1)
    return most


def _longest(job: Job) -> timedelta:
    if job.timeout is not None:
        return job.timeout
    return _REQUEST if isinstance(job.target, HttpTarget) else timedelta()


def _at(starts: Sequence[_Starts], place: int) -> list[_Starts]:
    """Return those with this minute, in the order of their places in the manifests."""
    return sorted((each for each in starts if each.minutes >> place & 1), key=_place)


def _place(each: _Starts | _Running) -> tuple[str, int, int]:
    position = each.job.position
    return position.file, position.line, position.column


def _names(involved: Sequence[_Starts | _Running], place: int) -> str:
    names = [f"`{each.job.key}`{_several(each, place)}" for each in involved[:_FEW]]
    if len(involved) > _FEW:
        names.append(f"{len(involved) - _FEW} more")
    return listed(names)


def _several(each: _Starts | _Running, place: int) -> str:
    count = each.load.count(place) if isinstance(each, _Running) else 1
    return f" ({count} runs)" if count > 1 else ""


def _said(horizon: Horizon, place: int) -> str:
    return f"{horizon.minute(place):%Y-%m-%d %H:%M} UTC"
