"""What happens to a fire that comes while runs of its job are active."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from schedrun.core.run.run import Run
from schedrun.core.spec.policy import Overlap
from schedrun.core.status import RunStatus


@dataclass(frozen=True, slots=True)
class Start:
    """It starts at once."""


@dataclass(frozen=True, slots=True)
class Wait:
    """It waits in `queued` until there is room."""


@dataclass(frozen=True, slots=True)
class Skip:
    """It never runs: `blocked_by` is in its way."""

    blocked_by: Run


@dataclass(frozen=True, slots=True)
class Replace:
    """It waits until `victims`, oldest first, have been cancelled."""

    victims: tuple[Run, ...]


Admission = Start | Wait | Skip | Replace

_START = Start()
_WAIT = Wait()


def admit(active: Sequence[Run], *, overlap: Overlap, max_instances: int) -> Admission:
    """Judge one fire against the job's active runs (queued and running, oldest first)."""
    if len(active) < max_instances:
        return _START
    match overlap:
        case Overlap.ALLOW:
            return _START
        case Overlap.FORBID:
            return Skip(blocked_by=active[0])
        case Overlap.QUEUE:
            waiting = next((run for run in active if run.status is RunStatus.QUEUED), None)
            return _WAIT if waiting is None else Skip(blocked_by=waiting)
        case Overlap.REPLACE:
            return Replace(victims=tuple(active[: len(active) - max_instances + 1]))
        case _:
            assert_never(overlap)


def startable(active: Sequence[Run], *, overlap: Overlap, max_instances: int) -> tuple[Run, ...]:
    """Return which of the queued among `active` (oldest first) may start now.

    Under `allow` a fire that comes alone starts at once, so what is queued was planned together and runs one
    after another.
    """
    running = sum(run.status is not RunStatus.QUEUED for run in active)
    room = (1 if overlap is Overlap.ALLOW else max_instances) - running
    if room <= 0:
        return ()
    return tuple([run for run in active if run.status is RunStatus.QUEUED][:room])


def startable_after_end(active: Sequence[Run], *, overlap: Overlap, max_instances: int) -> tuple[Run, ...]:
    """Return which of the queued may start now that one of the job's runs has ended.

    Under `allow` each end lets one follow whatever else runs, so a queue never starves.
    """
    if overlap is Overlap.ALLOW:
        return tuple([run for run in active if run.status is RunStatus.QUEUED][:1])
    return startable(active, overlap=overlap, max_instances=max_instances)
