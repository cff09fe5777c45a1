"""Hints: what to ask for again, and how they wait for a client that is slower than they come."""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from schedrun.core.ids import JobKey
from schedrun.core.status import RunStatus
from schedrun.web.events import wire

MOST_WAITING = 256
"""More than so many different hints say less than that anything may be new."""


class Reset(NamedTuple):
    """Anything may be new."""

    def chunk(self) -> bytes:
        """Return it as it is sent."""
        return wire.event("reset", {})


class Sync(NamedTuple):
    """A reconcile was recorded."""

    def chunk(self) -> bytes:
        """Return it as it is sent."""
        return wire.event("sync", {})


class JobHint(NamedTuple):
    """A job came or went, is declared otherwise, paused, resumed, held or late."""

    job: JobKey

    def chunk(self) -> bytes:
        """Return it as it is sent."""
        return wire.event("job", {"job": self.job})


class RunHint(NamedTuple):
    """A run is new, started, waits for its next attempt or ended: `status` is what it is now."""

    run: str
    job: JobKey
    status: RunStatus

    def chunk(self) -> bytes:
        """Return it as it is sent."""
        return wire.event("run", {"run": self.run, "job": self.job, "status": str(self.status)})


Hint = Reset | Sync | JobHint | RunHint


class Listener:
    """What waits for one client: of each job and run the newest hint, or `Reset` alone where that would be too many."""

    def __init__(self) -> None:
        self._waiting: dict[object, Hint] = {}
        self._some = asyncio.Event()
        self._closed = False

    def offer(self, hints: Iterable[Hint]) -> None:
        """Let these wait too."""
        for hint in hints:
            if isinstance(hint, Reset):
                self._waiting = {None: hint}
            elif None not in self._waiting:
                # Behind what waits, also when an older one of the same run does: the order is that of what happened.
                about = _about(hint)
                self._waiting.pop(about, None)
                self._waiting[about] = hint
        if len(self._waiting) > MOST_WAITING:
            self._waiting = {None: Reset()}
        if self._waiting:
            self._some.set()

    def close(self) -> None:
        """Let `take` return nothing once nothing waits any more."""
        self._closed = True
        self._some.set()

    async def take(self) -> list[Hint]:
        """Return what waits, as soon as something does; nothing when it is closed."""
        await self._some.wait()
        taken, self._waiting = list(self._waiting.values()), {}
        if not self._closed:
            self._some.clear()
        return taken


def _about(hint: Hint) -> object:
    match hint:
        case RunHint():
            return "run", hint.run
        case JobHint():
            return "job", hint.job
        case _:
            return type(hint)
