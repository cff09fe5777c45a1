"""What happens to a fire that comes while runs of its job are active."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
    """`victims`, oldest first, are cancelled; it starts when they have ended, `at_once` when those only wait."""

    victims: tuple[Run, ...]
    at_once: bool = False


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
            waiting = next(iter(_never_started(active)), None)
            return _WAIT if waiting is None else Skip(blocked_by=waiting)
        case Overlap.REPLACE:
            victims = tuple(active[: len(active) - max_instances + 1])
            waiting_victims = sum(run.status is RunStatus.QUEUED for run in victims)
            return Replace(victims, at_once=len(active) - waiting_victims < max_instances)
        case _:
            assert_never(overlap)


def startable(active: Sequence[Run], *, overlap: Overlap, max_instances: int, now: datetime) -> tuple[Run, ...]:
    """Return which of the queued among `active` (oldest first) may start now.

    A run between two attempts keeps its place, and takes it again when its time has come, before any that was
    never started; but not while what its last attempt left behind goes on. Under `allow` a fire that comes alone
    starts at once, so what is queued was planned together and runs one after another; retries wait for nobody else.
    """
    retries = [run for run in active if run.between_attempts]
    working = [run.id for run in active if run.status is not RunStatus.QUEUED]
    due = [run for run in retries if (run.retry_at is None or run.retry_at <= now) and run.id not in working]
    if overlap is Overlap.ALLOW:
        room = 1 - len(working) - len(retries)
    else:
        due = due[: max(0, max_instances - len(working))]
        room = max_instances - len(working) - len(retries)
    return (*due, *_never_started(active)[: max(0, room)])


def startable_after_end(
    active: Sequence[Run], *, overlap: Overlap, max_instances: int, now: datetime
) -> tuple[Run, ...]:
    """Return which of the queued may start now that one of the job's runs has ended.

    Under `allow` each end lets one follow whatever else runs, so a queue never starves.
    """
    if overlap is Overlap.ALLOW:
        return tuple(_never_started(active)[:1])
    return startable(active, overlap=overlap, max_instances=max_instances, now=now)


def _never_started(active: Sequence[Run]) -> list[Run]:
    return [run for run in active if run.status is RunStatus.QUEUED and not run.attempt]
