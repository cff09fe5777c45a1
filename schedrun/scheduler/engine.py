"""The moving parts of a live scheduler on one store: timer, dispatcher, runner, heartbeat."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from schedrun.core.errors import StoreError
from schedrun.core.ids import JobKey
from schedrun.core.run import job_status, pauses
from schedrun.core.run.limits import UNLIMITED, Limits
from schedrun.core.run.recorded import Event, RecordedJob, Session
from schedrun.core.run.run import Run
from schedrun.core.schedule.fires import Fires
from schedrun.core.status import Origin, RunStatus
from schedrun.protocols import Clock, Reader, Store, Timer, Transaction
from schedrun.scheduler import recovery, retries, sessions
from schedrun.scheduler.dispatcher import Dispatcher
from schedrun.scheduler.judge import Judge
from schedrun.scheduler.outgoing import Outgoing
from schedrun.scheduler.planning import Claim, Planned, Planner
from schedrun.scheduler.pulse import Beat, Pulse
from schedrun.scheduler.runner import Runner
from schedrun.scheduler.surroundings import ALONE, Surroundings
from schedrun.scheduler.traced import Execute
from schedrun.scheduler.watched_store import WatchedStore
from schedrun.stores.faults import StateGoneError

log = logging.getLogger(__name__)

RESYNC_SECONDS = 15.0
ARM_A_TURN = 50
"""How many timers are armed before the event loop runs on."""


@dataclass(frozen=True, slots=True)
class _Armed:
    """What a live timer was armed for: it is touched again only when one of these differs."""

    compiled: Fires
    paused_until: datetime | None


class Engine:
    """Makes the timers follow the job rows, and fires what is due."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        timer: Timer,
        execute: Execute,
        origins: frozenset[Origin] = frozenset(Origin),
        limits: Limits = UNLIMITED,
        around: Surroundings = ALONE,
    ) -> None:
        """Take the parts; jobs of other `origins` than these are never fired here."""
        self._around = around
        self.store: Store = WatchedStore(store, clock=clock, on_final=self._fail)
        self.clock, self._timer, self._origins = clock, timer, origins
        self.turn = asyncio.Lock()
        self.planner = Planner(limits=limits)
        out = self._outgoing = Outgoing(store=self.store, clock=clock, around=around)
        self.planner.telling.on_told, self.planner.dropping.on_dropped = out.wake, out.run_dropped
        self.runner = Runner(
            store=self.store,
            clock=clock,
            planner=self.planner,
            execute=out.traced(execute),
            on_room=self._wake_waiting,
            out=out,
        )
        self.dispatcher = Dispatcher(store=self.store, clock=clock, planner=self.planner, runner=self.runner)
        self._judge = Judge(store=self.store, clock=clock, planner=self.planner, settled=self.verdicts_written)
        self._armed: dict[str, _Armed] = {}
        self._live = False
        self._session: Session | None = None
        self._pulse: asyncio.Task[None] | None = None
        self._untold: list[Event] = []
        self._set_back = True  # nobody knows what happened to the clock before
        self._arming = asyncio.Lock()
        self._failed = asyncio.Event()
        self.failure: StoreError | None = None
        """What ended the work of this engine, None while it goes on: no waiting mends it."""

    async def take_over(self) -> tuple[Run, ...]:
        """Recover what the last process left and open a session; return the runs that it was cut off from."""
        now = self.clock.now()
        session = sessions.begin(now, state=self._around.state)

        def unit(tx: Transaction) -> tuple[tuple[Run, ...], Mapping[str, JobKey], Session | None]:
            last = tx.last_session()
            cut = recovery.recover(tx, planner=self.planner, now=now)
            tx.put_session(session)
            return cut, tx.keys({run.job_uid for run in cut}), last

        cut, keys, last = await self.store.write(unit)
        self._session = session
        if last is not None:
            sessions.tell_downtime(last, now=now)
        for run in cut:
            facts = {"event": "run_interrupted", "job": keys[run.job_uid], "run": run.id, "attempt": run.attempt}
            log.warning("Run interrupted: the service ended while it ran", extra=facts)
        await self._outgoing.runs_cut(cut)
        await self._end_leftovers()
        return cut

    async def _end_leftovers(self) -> None:
        """End what an earlier service's runs left alive; until it is gone those runs count as active.

        Every run of this ledger that a living process names is such a run: nothing was started here yet. Not only
        those that have just been cut off, since a command may have marked them interrupted before this start.
        """
        leftovers = self._around.leftovers
        if leftovers is None or not (marks := await leftovers.marks()):
            return
        ours = await self.store.read(partial(recovery.attended_before, run_ids=marks))
        ending = await leftovers.end({one.run.id: one.kill_after for one in ours})
        for one in ours:
            if (gone := ending.get(one.run.id)) is not None:
                # The run itself may wait for its next attempt: what goes on is of the one that was cut off.
                self.runner.linger(one.run._replace(status=RunStatus.INTERRUPTED), job=one.job, working=gone)

    async def wait_failed(self) -> StoreError:
        """Return what ended the work of this engine, once something has."""
        await self._failed.wait()
        assert self.failure is not None  # set before
        return self.failure

    async def begin(self) -> None:
        """Start what is queued, plan what is due, and from now on fire: the rows are live."""
        if self.failure is not None:
            raise self.failure
        self._timer.start(self.dispatcher.wake)
        self._live = True
        self.dispatcher.start()
        await self.resync()
        self._judge.start()
        self._outgoing.start()
        self._pulse = asyncio.create_task(self._heartbeat(), name="heartbeat")
        if self._around.watchdog is not None:
            self._around.watchdog.start(job_of=self.runner.job_of, on_over=self.note)

    async def arm(self, jobs: Sequence[RecordedJob]) -> None:
        """Make the timers of `jobs` follow their rows; a fire that is due already goes straight to the dispatcher."""
        async with self._arming:
            now = self.clock.now()
            for index, job in enumerate(jobs, start=1):
                if not self._live:  # asked each time: the end may come while others have their turn
                    return
                self._arm(job, now)
                if index % ARM_A_TURN == 0:
                    await asyncio.sleep(0)

    async def disarm(self, uids: Iterable[str]) -> None:
        """Forget the timers of removed jobs."""
        gone = tuple(uids)
        self.planner.forget(gone)
        if not self._live:
            return
        for uid in gone:
            self._judge.forget(uid)
            if self._armed.pop(uid, None) is not None:
                self._timer.disarm(uid)

    def submit(self, claims: Iterable[Claim], cancels: Iterable[str] = ()) -> None:
        """Start claimed runs and cancel running ones, after the commit that says so."""
        self.runner.carry_out(claims, cancels)

    def cancel(self, run_id: str, *, by: str) -> bool:
        """Ask a running run to end, for `by`, and await its retry no more; False when it does not run here now."""
        self.runner.retries.drop(run_id)
        return self.runner.cancel(run_id, reason=f"cancelled by {by}")

    async def verdicts_written(self) -> None:
        """Return once the ledger has the end of every run that has ended. Raises StoreError when it takes none now."""
        await self.runner.recorder.settle_all()

    def submit_planned(self, planned: Sequence[Planned]) -> None:
        """Do what plannings left to do after their commit."""
        for one in planned:
            self.submit(one.claims, one.cancel)

    async def resync(self) -> None:
        """Compare every row with its timer and mend what differs."""
        if self._set_back:
            await self._shorten_waits()
        await self._start_queued()
        rows = await self.store.read(lambda reader: reader.jobs())
        await self.arm(rows)
        known = {row.uid for row in rows}
        await self.disarm([uid for uid in self._armed if uid not in known])

    async def settle(self) -> None:
        """Return once everything that was due is planned and everything that was started has ended."""
        while True:
            await self.runner.retries.wait_idle()
            await self.dispatcher.wait_idle()
            await self.runner.wait_idle()
            if self.dispatcher.idle and self.runner.retries.idle:
                return

    def fire_no_more(self) -> None:
        """Let what comes due from now on wait for the next start; what is planned, queued or runs goes on."""
        self._live = False
        self._timer.stop()

    async def shut_down(self, *, drain: timedelta) -> tuple[Claim, ...]:
        """Stop firing, let runs end for `drain`, cut the rest as interrupted, end the session; return what was cut."""
        self.fire_no_more()
        if isinstance(self.failure, StateGoneError):
            drain = timedelta(0)  # another process may run the same jobs by now
        if self._pulse is not None:
            self._pulse.cancel()
            await asyncio.wait([self._pulse])
            self._pulse = None
        await self.dispatcher.stop()
        self.planner.may_start = False  # an end lets no waiting run follow any more
        async with self.turn:  # what was claimed before that has been started
            pass
        idle = asyncio.create_task(self.runner.wait_idle())
        await asyncio.wait([idle], timeout=drain.total_seconds())
        cut = self.runner.active
        await self.runner.stop()
        await idle
        await self.runner.retries.stop()
        await self._judge.stop(at_once=self.failure is not None)
        await self._outgoing.stop(at_once=self.failure is not None)
        if self._around.watchdog is not None:
            self._around.watchdog.stop()
        self._armed.clear()
        if self._session is not None:
            now = self.clock.now()
            ended = replace(self._session, alive_at=now, ended_at=now)
            self._session = None
            try:
                await self.store.write(lambda tx: tx.put_session(ended))
            except StoreError as error:
                facts = {"event": "session_not_ended", "error": str(error)}
                log.error("End of the session not written", extra=facts)  # noqa: TRY400  the error says it whole
        return cut

    def _arm(self, job: RecordedJob, now: datetime) -> None:
        if job.origin not in self._origins:
            return
        self._judge.follow(job)
        compiled = self.planner.fires(job)
        pause = pauses.holding(job, now)
        if pause is not None and pause.until is None:
            if self._armed.pop(job.uid, None) is not None:
                self._timer.disarm(job.uid)
            return
        wanted = _Armed(compiled, None if pause is None else pause.until)
        known = self._armed.get(job.uid)
        if known != wanted:  # cheap: the compiled schedule is nearly always the very same object
            self._timer.arm(job.uid, compiled, after=now if pause is None or pause.until is None else pause.until)
            self._armed[job.uid] = wanted
        # Verdicts ahead of the clock are looked at once after a start or a step back: a state may come with them.
        ahead = known is None and job.covered_until is not None
        if pause is None and (ahead or job_status.is_due(job, compiled, now=now)):
            self.dispatcher.wake(job.uid)

    async def _shorten_waits(self) -> None:
        """Let the waits for another attempt follow a clock that was set back."""
        now = self.clock.now()
        self._set_back = False  # first: it may be set back again meanwhile
        try:
            shortened = await self.store.write(lambda tx: retries.shorten(tx, now=now))
        except StoreError:
            self._set_back = True
            raise
        for run in shortened:
            assert run.retry_at is not None  # it was moved
            self.runner.retries.move(run.id, uid=run.job_uid, at=run.retry_at)
            facts = {"event": "retry_moved", "run": run.id, "at": run.retry_at}
            log.info("Retry comes sooner: the clock was set back", extra=facts)

    async def _start_queued(self) -> None:
        waiting = await self.store.read(self._queued_runs)
        if not waiting:
            return
        now = self.clock.now()
        for run in waiting:
            if run.retry_at is not None:
                self.runner.retries.put(run.id, uid=run.job_uid, at=run.retry_at)
        only_what_waits = dict.fromkeys((run.job_uid for run in waiting), False)
        work = await self.store.write(lambda tx: self.planner.plan_all(tx, only_what_waits, now=now))
        self.runner.start(sorted(work.claims, key=lambda claim: (claim.run.queued_at, claim.run.fire_time)))

    def _queued_runs(self, reader: Reader) -> Sequence[Run]:
        """Return the queued runs of our jobs, the one that waits longest first."""
        waiting = [run for run in reader.active_runs() if run.status is RunStatus.QUEUED]
        if not waiting:
            return ()
        # Not one by one: a row that cannot be read raises, and must not keep the others from their runs.
        ours = {row.uid for row in reader.jobs() if row.origin in self._origins}
        return [run for run in waiting if run.job_uid in ours]

    def _wake_waiting(self, uid: str) -> None:
        self.dispatcher.wake_waiting(uid)

    def note(self, event: Event) -> None:
        """Record an event with the next beat; it is tried again as long as the store does not take it."""
        self._untold.append(event)

    async def _heartbeat(self) -> None:
        """Watch the clocks every second, resync and say that we are alive every 15 seconds."""
        pulse = Pulse(self.clock)
        since_resync = 0.0
        while True:
            beat = await pulse.beat()
            if not self._is_ours():
                return
            since_resync += beat.seconds
            if beat.gaps:
                self._after_gap(beat)
                since_resync = RESYNC_SECONDS
            if since_resync < RESYNC_SECONDS and not self._untold:
                continue
            try:
                await self._alive(self.clock.now())
                await self.resync()
                since_resync = 0.0
            except StoreError:
                continue  # the store tells it
            except Exception:
                log.exception("Resync failed", extra={"event": "resync_failed"})

    def _is_ours(self) -> bool:
        """Whether the ledger is still there and nobody else can be active on it."""
        try:
            self._around.still_ours()
        except StoreError as error:
            self._fail(error)
        return self.failure is None

    def _fail(self, error: StoreError) -> None:
        """Begin nothing any more: what happens from now on could not be recorded, or somebody else is to record it."""
        if self.failure is not None:
            return
        self.failure = error
        self.planner.may_start = False
        self.fire_no_more()
        facts = {"event": "state_unusable", "error": str(error)}
        log.error("The state cannot be used any more: nothing starts", extra=facts)
        self._failed.set()

    def _after_gap(self, beat: Beat) -> None:
        """Bring the alarms up to the clock: they stood still, or were set on another time."""
        self._untold += beat.gaps
        if beat.stepped_back:
            self._set_back = True
            # Alarms were set for instants that are far ahead now: the resync arms each for its next fire.
            for uid in self._armed:
                self._timer.disarm(uid)
            self._armed.clear()
        self._judge.look_at_all()
        self._timer.wake_up()

    async def _alive(self, now: datetime) -> None:
        if self._session is None:
            return
        session, told = replace(self._session, alive_at=now), tuple(self._untold)

        def unit(tx: Transaction) -> None:
            tx.put_session(session)
            for event in told:
                tx.add_event(event)

        await self.store.write(unit)
        self._session = session
        del self._untold[: len(told)]
