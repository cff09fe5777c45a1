"""Traces of runs, for those who follow work from one service to the next."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.status import RunStatus


class EndedAttempt(NamedTuple):
    """How an attempt ended: `run` as it was while it ran, `at` when (aware UTC); `last` when no other follows."""

    job: RecordedJob
    run: Run
    status: RunStatus
    outcome: Outcome
    at: datetime
    last: bool


class Traces(Protocol):
    """A trace a run: a root span over all of it, and a span an attempt below that.

    Which trace a run is in depends on its id alone, so that its attempts meet in one whoever makes them. What goes
    wrong here is logged and changes no run.
    """

    def parent(self, run_id: str, attempt: int) -> str:
        """Return the W3C `traceparent` of an attempt: what it calls goes on below it."""

    def within(self, traceparent: str) -> AbstractContextManager[None]:
        """Let spans that functions make inside be below the one that is named."""

    def ended(self, attempt: EndedAttempt) -> None:
        """Tell of an attempt, and of its run when it was the last. Returns at once."""

    def dropped(self, ended: EndedAttempt) -> None:
        """Tell of a run that ended after an attempt that was told and was not its last. Returns at once."""

    async def close(self) -> None:
        """Send what is told, within a few seconds or not at all, and stop."""
