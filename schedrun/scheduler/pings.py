"""Pings to the monitors of jobs: beside the runs, as well as it goes, and never kept."""

import asyncio
import logging
from collections import Counter
from functools import partial
from urllib.parse import urlsplit

from schedrun.core.errors import NotDeliveredError, StoreError
from schedrun.core.run import pauses, ping
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.ping import Ping, Signal
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.spec.notify import Monitor
from schedrun.core.status import RunStatus
from schedrun.protocols import Clock, Notifiers, Store
from schedrun.scheduler.rooms import Rooms

log = logging.getLogger(__name__)

WAITS = (2.0, 15.0)
"""Seconds after each try that failed before the next one; after the last there is none."""

AT_ONCE = 16
"""How many pings are sent at the same time."""

OF_ONE_SERVER = 8
"""How many of these to one server: one that does not answer must not keep others from being pinged."""

OF_ONE_MONITOR = 2
"""How many of these to one monitor, for the same reason."""

MOST_WAITING = 1_000
"""How many may wait to be sent: beyond that they are dropped, the memory of the service counts more."""

MOST_OF_ONE_JOB = 100
"""How many of these of one job, so that those of others have room."""

STOP_SECONDS = 5.0
"""How long an end waits for pings that are on their way."""


class Pings:
    """Sends the pings of each run one after another; while a job is paused, none."""

    def __init__(self, *, store: Store, clock: Clock, notifiers: Notifiers) -> None:
        self._store, self._clock, self._notifiers = store, clock, notifiers
        self._last: dict[str, asyncio.Task[None]] = {}
        self._waiting: set[asyncio.Task[None]] = set()
        self._of_job: Counter[str] = Counter()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._server_room, self._monitor_room = Rooms(OF_ONE_SERVER), Rooms(OF_ONE_MONITOR)

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
        if len(self._waiting) >= MOST_WAITING or self._of_job[job.uid] >= MOST_OF_ONE_JOB:
            log.warning("Ping dropped: too many wait", extra={"event": "ping_dropped", "job": job.key, "run": run_id})
            return
        before = self._last.get(run_id)
        task = asyncio.create_task(self._ping(job, said, after=before), name=f"ping of {run_id}")
        self._last[run_id] = task
        self._waiting.add(task)
        self._of_job[job.uid] += 1
        task.add_done_callback(partial(self._ended, job.uid, run_id))

    def _ended(self, uid: str, run_id: str, task: asyncio.Task[None]) -> None:
        self._waiting.discard(task)
        self._of_job[uid] -= 1
        if not self._of_job[uid]:
            del self._of_job[uid]
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
        address = str(monitor.url)
        for wait in (*WAITS, None):
            try:
                # The narrow rooms first: what waits for one of them takes no place from others.
                async with self._monitor_room.of(address), self._server_room.of(_server(address)), self._room:
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


def _server(address: str) -> str:
    """Return what the address says of its server; all of one that is no URL, such as a reference to a secret."""
    return urlsplit(address).netloc or address
