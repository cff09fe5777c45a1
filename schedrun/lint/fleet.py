"""SR4: what all jobs together do in the seven days after now."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.schedule import fires
from schedrun.core.schedule.words import counted, listed
from schedrun.core.spec.target import HttpTarget
from schedrun.lint import minutes
from schedrun.lint.facts import Facts, is_paused
from schedrun.lint.found import Found, Path
from schedrun.lint.minutes import Horizon, Load

_FEW = 3
_REQUEST = timedelta(seconds=30)
"""How long a request may take that says no timeout."""


@dataclass(frozen=True, slots=True)
class _Starts:
    """A job, and the minutes in which it starts."""

    job: DeclaredJob
    minutes: int


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
    compiled = fires.of(job.spec, key=job.key)
    return minutes.of_fires(facts.once(minutes.of_rule, compiled.rule, horizon), compiled, horizon=horizon)


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
    message = f"{count} jobs start at {_said(horizon, place)}: {_names(involved)}{more}"
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
    message = f"{count} jobs of {group.who} start at {_said(horizon, place)}, where {limited}: {_names(involved)}"
    hint = "write other minutes or a `spread`, so that none of them has to wait"
    yield Found("SR403", message, hint, group.path), involved[1].job


def _concurrency(limited: _Limited, horizon: Horizon) -> Iterator[tuple[Found, DeclaredJob]]:
    running = [
        _Starts(each.job, minutes.lasting(each.minutes, _longest(each.job), horizon=horizon))
        for each in limited.members
    ]
    count, place = Load(each.minutes for each in running).busiest()
    if count <= limited.limit:
        return
    involved = _at(running, place)
    message = (
        f"{count} runs of {limited.who} are planned at once at {_said(horizon, place)}, where {limited.limit} may run,"
        f" each for its whole `timeout`: {_names(involved)}"
    )
    hint = "write other times, shorter timeouts, or a higher limit"
    yield Found("SR405", message, hint, limited.path), involved[0].job


def _longest(job: DeclaredJob) -> timedelta:
    if job.spec.timeout is not None:
        return job.spec.timeout
    return _REQUEST if isinstance(job.spec.target, HttpTarget) else timedelta()


def _at(starts: Sequence[_Starts], place: int) -> list[_Starts]:
    """Return those with this minute, in the order of their places in the manifests."""
    involved = [each for each in starts if each.minutes >> place & 1]
    return sorted(involved, key=lambda each: (each.job.position.file, each.job.position.line, each.job.position.column))


def _names(involved: Sequence[_Starts]) -> str:
    names = [f"`{each.job.key}`" for each in involved[:_FEW]]
    if len(involved) > _FEW:
        names.append(f"{len(involved) - _FEW} more")
    return listed(names)


def _said(horizon: Horizon, place: int) -> str:
    return f"{horizon.minute(place):%Y-%m-%d %H:%M} UTC"
