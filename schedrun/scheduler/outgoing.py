"""What goes out beside the runs: notices to people, pings to monitors, traces; nothing where nobody sends them."""

import asyncio
from collections.abc import Iterable

from schedrun.core.errors import StoreError
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.status import RunStatus
from schedrun.protocols import Clock, EndedAttempt, Reader, Store, Transaction
from schedrun.scheduler import traced
from schedrun.scheduler.deliverer import Deliverer
from schedrun.scheduler.pings import Pings
from schedrun.scheduler.recorder import Ended
from schedrun.scheduler.surroundings import Surroundings
from schedrun.scheduler.traced import Execute


class Outgoing:
    """Both senders of one engine. Without `notifiers` what is queued waits for a service that has some."""

    def __init__(self, *, store: Store, clock: Clock, around: Surroundings) -> None:
        """Take what sending needs."""
        self._store, self._clock, self._traces = store, clock, around.traces
        notifiers = around.notifiers
        self._deliverer: Deliverer | None = None
        self._pings: Pings | None = None
        if notifiers is not None:
            self._deliverer = Deliverer(store=store, clock=clock, notifiers=notifiers, logs_dir=around.logs)
            self._pings = Pings(store=store, clock=clock, notifiers=notifiers)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dropped: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to deliver notices."""
        self._loop = asyncio.get_running_loop()
        if self._deliverer is not None:
            self._deliverer.start()

    def wake(self) -> None:
        """Look for notices soon; any thread may say so."""
        if self._deliverer is not None:
            self._deliverer.wake()

    def run_started(self, job: RecordedJob, run: Run) -> None:
        """Ping the job's monitor, where it has one."""
        if self._pings is not None and job.spec.monitor is not None:
            self._pings.started(job, run)

    def run_ended(self, job: RecordedJob, run: Run, *, status: RunStatus, outcome: Outcome) -> None:
        """Ping the job's monitor, where it has one; call it for ends after which no attempt follows."""
        if self._pings is not None and job.spec.monitor is not None:
            self._pings.ended(job, run, status=status, outcome=outcome)

    def run_dropped(self, run: Run) -> None:
        """Ping and trace the end of a run between its attempts, once it is durable; any thread may say so."""
        if self._loop is not None and (self._pings is not None or self._traces is not None):
            self._loop.call_soon_threadsafe(self._begin_dropped, run)

    def traced(self, execute: Execute) -> Execute:
        """Return what executes a job's target where its trace says."""
        return traced.traced(execute, self._traces)

    def attempt_ended(self, ended: Ended, *, last: bool) -> None:
        """Trace an attempt whose verdict is durable; with the `last` of them its run has ended."""
        if self._traces is not None:
            run, job = ended.claim
            self._traces.ended(EndedAttempt(job, run, ended.status, ended.outcome, ended.at, last))

    async def runs_cut(self, cut: Iterable[Run]) -> None:
        """Trace runs that were found cut off, and ping their monitors, but for those that are made again."""
        cut = tuple(cut)
        if self._traces is not None and cut:
            now = self._clock.now()
            for attempt in await self._store.read(lambda reader: traced.cut_off(reader, cut, now=now)):
                self._traces.ended(attempt)
        ids = [run.id for run in cut]
        if self._pings is None or not ids:
            return

        def ended(reader: Reader) -> list[tuple[RecordedJob, Run]]:
            rows = {row.uid: row for row in reader.jobs() if row.spec.monitor is not None}
            found = filter(None, map(reader.run, ids) if rows else ())
            return [(rows[run.job_uid], run) for run in found if run.job_uid in rows and not run.status.active]

        for job, run in await self._store.read(ended):
            self._pings.ended(job, run, status=run.status, outcome=Outcome(error=run.error))

    async def stop(self, *, at_once: bool) -> None:
        """Send what is due, within bounded time or not at all, and stop."""
        self._loop = None
        if self._dropped:
            await asyncio.wait(self._dropped)
        senders = [each for each in (self._deliverer, self._pings) if each is not None]
        await asyncio.gather(*(each.stop(at_once=at_once) for each in senders))
        if self._traces is not None:
            await self._traces.close()

    def _begin_dropped(self, run: Run) -> None:
        task = asyncio.create_task(self._tell_dropped(run), name=f"dropped {run.id}")
        self._dropped.add(task)
        task.add_done_callback(self._dropped.discard)

    async def _tell_dropped(self, run: Run) -> None:
        def found(tx: Transaction) -> tuple[RecordedJob | None, Run | None]:
            return tx.job(run.job_uid), tx.run(run.id)

        try:
            # Units are written in order: after this one, that which dropped the run is on record or undone.
            job, ended = await self._store.write(found)
        except StoreError:
            return  # the store tells it
        if job is None or ended is None or ended.status is not RunStatus.CANCELLED or ended.finished_at is None:
            return
        outcome = Outcome(error=ended.error)
        if self._traces is not None:
            self._traces.dropped(EndedAttempt(job, ended, ended.status, outcome, ended.finished_at, last=True))
        self.run_ended(job, ended, status=ended.status, outcome=outcome)
