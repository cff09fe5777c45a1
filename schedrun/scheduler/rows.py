"""What acts on the ledger's rows needs beside them: timers and runs that follow, or nothing at all."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from schedrun.core.run.recorded import RecordedJob
from schedrun.protocols import Store
from schedrun.scheduler.planning import Claim, Planner

T = TypeVar("T")


class Live(Protocol):
    """The live side of one ledger.

    Who writes a unit that may claim runs holds `turn` until they are submitted: the live side does not end in between.
    """

    store: Store
    planner: Planner
    turn: asyncio.Lock

    async def arm(self, jobs: Sequence[RecordedJob]) -> None:
        """Make the timers of `jobs` follow their rows, letting the event loop breathe in between."""

    async def disarm(self, uids: Iterable[str]) -> None:
        """Forget the timers of removed jobs."""

    def submit(self, claims: Iterable[Claim], cancels: Iterable[str] = ()) -> None:
        """Start claimed runs and cancel running ones, after the commit that says so."""

    def cancel(self, run_id: str, *, by: str) -> bool:
        """Ask a running run to end, for `by`, and await its retry no more; False when it does not run here now."""

    async def verdicts_written(self) -> None:
        """Return once the ledger has the end of every run that has ended. Raises StoreError when it takes none now."""


class RowsOnly:
    """A `Live` without anything live: rows change, what is planned stays queued, no timer and no run exists."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.planner = Planner(may_start=False)
        self.turn = asyncio.Lock()

    async def arm(self, jobs: Sequence[RecordedJob]) -> None:
        """See `Live.arm`."""

    async def disarm(self, uids: Iterable[str]) -> None:
        """See `Live.disarm`."""

    def submit(self, claims: Iterable[Claim], cancels: Iterable[str] = ()) -> None:
        """See `Live.submit`."""

    def cancel(self, run_id: str, *, by: str) -> bool:  # noqa: ARG002  the protocol's names
        """See `Live.cancel`."""
        return False

    async def verdicts_written(self) -> None:
        """See `Live.verdicts_written`."""


async def despite_cancel(work: Coroutine[Any, Any, T], *, name: str) -> T:
    """Return what `work` returns, and see it through even when the caller is cancelled.

    A commit cannot be called back: the runs that it claimed must start, whoever stops waiting.
    """
    task = asyncio.create_task(work, name=name)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
