"""Pings to the monitors of jobs: beside the runs, as well as it goes, and never kept."""

import asyncio
import logging
from functools import partial

from schedrun.core.errors import NotDeliveredError, StoreError
from schedrun.core.run import pauses, ping
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.ping import Ping, Signal
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.spec.notify import Monitor
from schedrun.core.status import RunStatus
from schedrun.protocols import Clock, Notifiers, Store

log = logging.getLogger(__name__)

WAITS = (2.0, 15.0)
"""Seconds after each try that failed before the next one; after the last there is none."""

AT_ONCE = 8
"""How many pings are sent at the same time."""

MOST_WAITING = 1_000
"""How many may wait to be sent: beyond that they are dropped, the memory of the service counts more."""

STOP_SECONDS = 5.0
"""How long an end waits for pings that are on their way."""


class Pings:
    """Sends the pings of each run one after another; while a job is paused, none."""

    def __init__(self, *, store: Store, clock: Clock, notifiers: Notifiers) -> None:
        self._store, self._clock, self._notifiers = store, clock, notifiers
        self._last: dict[str, asyncio.Task[None]] = {}
        self._waiting: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)

    def started(self, job: RecordedJob, run: Run) -> None:
        """Tell the job's monitor that the run begins; no-op for later attempts."""
        if run.attempt == 1:
            self._put(job, run.id, ping.of_start(run.id))

    def ended(self, job: RecordedJob, run: Run, *, status: RunStatus, outcome: Outcome) -> None:
        """Tell the job's monitor how the run ended for good."""
        self._put(job, run.id, ping.of_end(run.id, job.spec, status=status, outcome=outcome))

    async def stop(self, *, at_once: bool = False) -> None:
        """Send what waits, for STOP_SECONDS at most or not at all, and drop the rest."""
        if self._waiting and not at_once:
            await asyncio.wait(self._waiting, timeout=STOP_SECONDS)
        left = tuple(self._waiting)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    def _put(self, job: RecordedJob, run_id: str, said: Ping) -> None:
        if len(self._waiting) >= MOST_WAITING:
            log.warning("Ping dropped: too many wait", extra={"event": "ping_dropped", "job": job.key, "run": run_id})
            return
        before = self._last.get(run_id)
        task = asyncio.create_task(self._ping(job, said, after=before), name=f"ping of {run_id}")
        self._last[run_id] = task
        self._waiting.add(task)
        task.add_done_callback(partial(self._ended, run_id))

    def _ended(self, run_id: str, task: asyncio.Task[None]) -> None:
        self._waiting.discard(task)
        if self._last.get(run_id) is task:
            del self._last[run_id]

    async def _ping(self, job: RecordedJob, said: Ping, *, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            await asyncio.wait([after])
        try:
            monitor = await self._monitor(job)
            if monitor is not None:
                await self._send(monitor, said, job)
        except Exception:
            # It must not look as if the run had failed.
            log.exception("Pinging the monitor failed", extra={"event": "ping_failed", "job": job.key})

    async def _monitor(self, job: RecordedJob) -> Monitor | None:
        """Return the monitor that the job's row names now, None while it is paused."""
        try:
            row = await self._store.read(lambda reader: reader.job(job.uid)) or job
        except StoreError:
            row = job
        paused = pauses.holding(row, self._clock.now()) is not None
        return None if paused else row.spec.monitor

    async def _send(self, monitor: Monitor, said: Ping, job: RecordedJob) -> None:
        for wait in (*WAITS, None):
            try:
                async with self._room:
                    await self._notifiers.ping(monitor, said)
            except NotDeliveredError as error:
                if wait is None:
                    signal = said.signal.value or Signal.SUCCESS.name.lower()
                    facts = {"event": "ping_failed", "job": job.key, "signal": signal, "reason": error.reason}
                    log.warning("Monitor not pinged", extra=facts)
                else:
                    await self._clock.sleep(wait)
            else:
                return
