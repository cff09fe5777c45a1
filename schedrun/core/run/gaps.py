"""Stretches in which nothing could start a fire, as sessions and events tell of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from schedrun.core.run.recorded import Event, Session

PRESUMED_ALIVE = timedelta(seconds=60)
"""A session that says every 15 s that it is alive, and has not for this long, was killed."""


class Cause(StrEnum):
    """Why nothing could start: no service, one that ended, or one that stood still; the last three name events."""

    DOWN = "down"
    ENDING = "ending"
    SUSPENDED = "suspended"
    CLOCK_STEPPED = "clock_stepped"
    STALLED = "stalled"


_EVENTS = frozenset({Cause.SUSPENDED, Cause.CLOCK_STEPPED, Cause.STALLED})


@dataclass(frozen=True, slots=True)
class Gap:
    """From `first` (None: there was no service before) to `last` (None: it has not ended), aware UTC."""

    cause: Cause
    first: datetime | None
    last: datetime | None


def around(
    instant: datetime,
    *,
    decided_at: datetime | None,
    before: Session | None,
    after: Session | None,
    events: Iterable[Event],
    now: datetime,
) -> Gap | None:
    """Return the gap that kept what was due at `instant` until `decided_at`, None when a service was active and awake.

    `before` is the last session that started at or before it, `after` the first that started later, `events` what
    followed it, oldest first. A service that ends fires no more, though it may drain for a while: what came due then
    was decided after the gap.
    """
    if before is None:
        return Gap(Cause.DOWN, None, None if after is None else after.started_at)
    until = ended(before, now=now) if after is None else before.last_seen
    if until is not None and instant >= until:
        return Gap(Cause.DOWN, until, None if after is None else after.started_at)
    for event in events:
        gap = _of(event)
        if gap is not None and gap.first is not None and gap.first <= instant <= event.at:
            return gap
    if until is not None and decided_at is not None and decided_at > until:
        return Gap(Cause.ENDING, until, None if after is None else after.started_at)
    return None


def ended(session: Session, *, now: datetime) -> datetime | None:
    """Return when the newest session ended, None while it goes on; of a killed one, when it was last alive."""
    goes_on = session.ended_at is None and now - session.alive_at <= PRESUMED_ALIVE
    return None if goes_on else session.last_seen


def _of(event: Event) -> Gap | None:
    seconds = event.facts.get("seconds")
    if event.name not in _EVENTS or not isinstance(seconds, int | float) or seconds <= 0:
        return None
    return Gap(Cause(event.name), event.at - timedelta(seconds=seconds), event.at)
