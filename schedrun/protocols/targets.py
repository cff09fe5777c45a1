"""What executes a run, and what an earlier service may have left running."""

import asyncio
from collections.abc import Awaitable, Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from schedrun.core.ids import JobKey
from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.policy import Isolation


class RunContext(NamedTuple):
    """What a target is told about the run it executes.

    `stop` is set when the run must end (timeout, cancel, shutdown); the target then ends what it started, within
    `kill_after` seconds where it can, and returns what it has. `memory_limit` is in bytes. `retried` are the names of
    the exceptions after which the run is made again: an outcome names those too that mean what was raised.
    `traceparent` (W3C) is what the target's own calls go on below, None where runs are not traced.
    """

    job: JobKey
    run_id: str
    attempt: int
    fire_time: datetime
    stop: asyncio.Event
    kill_after: float
    timeout: float | None = None
    isolation: Isolation = Isolation.INLINE
    memory_limit: int | None = None
    retried: tuple[str, ...] = ()
    traceparent: str | None = None


class Leftovers(Protocol):
    """Processes of runs whose service is gone: they bear the mark of their run, or that service has noted them."""

    async def marks(self) -> Collection[str]:
        """Return the ids of all runs of which a process may live that no living service attends to, whoever ran them.

        Call it when the state is held.
        """

    async def end(self, kill_after: Mapping[str, float]) -> Mapping[str, Awaitable[object]]:
        """Begin to end what lives of these runs, killing what does not go so many seconds later.

        Returns at once: for each run of which something lives, what is done when nothing of it does.
        """


class Target(Protocol):
    """Executes one kind of target."""

    async def run(self, spec: Any, context: RunContext) -> Outcome:
        """Execute `spec` (this kind's model) and return how it ended.

        Failures are outcomes with an `error`, never exceptions. When `context.stop` is set before the end the
        outcome still says what is known (exit code, output so far). Secret values never appear in the outcome.
        """
