"""Waiting for the moment when a run may be attempted again."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from schedrun.core.run import retry
from schedrun.core.run.run import Run
from schedrun.protocols import Clock, Transaction


class Retries:
    """Says when the time of a retry has come.

    A hint, as every wake is: `retry_at` in the ledger decides, and the resync finds what a clock that was set made
    this miss.
    """

    def __init__(self, *, clock: Clock, on_due: Callable[[str], None]) -> None:
        """Take the clock; `on_due(uid)` is told of the job whose run may start."""
        self._clock, self._on_due = clock, on_due
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._none = asyncio.Event()
        self._none.set()

    def put(self, run_id: str, *, uid: str, at: datetime) -> None:
        """Tell of the job `uid` at `at` (aware UTC); no-op while the run is waited for already."""
        if run_id not in self._waiting:
            self._none.clear()
            self._waiting[run_id] = asyncio.create_task(self._wait(run_id, uid, at), name=f"retry of {run_id}")

    def move(self, run_id: str, *, uid: str, at: datetime) -> None:
        """Tell of the job at `at` instead of when it was to be told of."""
        self.drop(run_id)
        self.put(run_id, uid=uid, at=at)

    def drop(self, run_id: str) -> None:
        """Wait for this run no more; no-op where it is not waited for."""
        task = self._waiting.pop(run_id, None)
        if task is not None:
            task.cancel()
            self._look_for_more()

    @property
    def idle(self) -> bool:
        """Whether no retry is waited for."""
        return self._none.is_set()

    async def wait_idle(self) -> None:
        """Return once no retry is waited for."""
        await self._none.wait()

    async def stop(self) -> None:
        """Wait for none any more."""
        tasks = tuple(self._waiting.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _wait(self, run_id: str, uid: str, at: datetime) -> None:
        try:
            # Again where the wall clock was set back meanwhile.
            while (left := (at - self._clock.now()).total_seconds()) > 0:
                await self._clock.sleep(left)
            self._on_due(uid)
        finally:
            if self._waiting.get(run_id) is asyncio.current_task():
                del self._waiting[run_id]
                self._look_for_more()

    def _look_for_more(self) -> None:
        if not self._waiting:
            self._none.set()


def shorten(tx: Transaction, *, now: datetime) -> tuple[Run, ...]:
    """Let no run wait longer for its next attempt because the clock was set back; return those that were moved."""
    moved: list[Run] = []
    for run in tx.active_runs():
        if run.retry_at is None or run.retry_at <= now:
            continue
        ended = tx.attempts(run.id)[-1].finished_at
        at = retry.on_a_clock_set_back(run.retry_at, ended_at=ended, now=now)
        if at < run.retry_at and tx.move_retry(run.id, at=at):
            moved.append(run._replace(retry_at=at))
    return tuple(moved)
