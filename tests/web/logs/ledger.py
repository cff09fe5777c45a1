"""A run whose output is in a live file, then in the ledger, as a service leaves it."""

from pathlib import Path
from typing import Any, Self

from schedrun.core.ids import log_name, scheduled_run_id
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.run import Run
from schedrun.core.status import RunKind, RunStatus
from schedrun.stores.memory import MemoryStore
from schedrun.targets.live_file import LiveFile
from tests.contracts.ledger import a_job, recording
from tests.web.backend import StoreBackend

JOB = "set/one"


class Printing:
    """A run of one job, and what its attempts print."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "logs"
        self.backend = StoreBackend(MemoryStore(), logs_dir=self.folder)
        self.attempt = 0
        self.file: LiveFile | None = None
        now = self.backend.clock.now()
        self.id = scheduled_run_id("u1", now)
        self._run = Run(self.id, "u1", now, RunKind.SCHEDULED, RunStatus.QUEUED, now)

    @classmethod
    async def started(cls, folder: Path) -> Self:
        """Return a run that was just started."""
        run = cls(folder)
        await run.queue()
        await run.start()
        return run

    @property
    def log(self) -> str:
        """Return the path of the log."""
        return f"/api/v1/runs/{self.id}/log"

    async def queue(self) -> None:
        """Record the run."""
        await self.backend.write(recording(a_job("u1", JOB), self._run))

    async def start(self) -> None:
        """Begin the next attempt."""
        self.attempt += 1
        assert await self.backend.write(lambda tx: tx.start_run(self.id, at=self.backend.clock.now()))

    def print(self, text: bytes) -> None:
        """Let the attempt print into its live file."""
        self.file = self.file or LiveFile(self.folder / log_name(self.id, self.attempt))
        self.file.write(text)
        self.file.flush()

    def close(self) -> None:
        """End the live file, as is done before the ledger is told."""
        assert self.file is not None
        self.file.close()

    async def end(self, output: str | None = None, *, status: str = "succeeded", **fields: Any) -> None:
        """Record the end of the attempt."""
        outcome, at = Outcome(output=output), self.backend.clock.now()
        assert await self.backend.write(
            lambda tx: tx.finish_run(
                self.id, attempt=self.attempt, status=RunStatus(status), at=at, outcome=outcome, **fields
            )
        )

    def discard(self) -> None:
        """Delete the live file, as is done where the ledger has all of it."""
        assert self.file is not None
        self.file.remove()
        self.file = None
