"""The running side of a `TaskScheduler`: which store, whether active or standing by, and what may be asked of it."""

import asyncio
import os
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from schedrun.core.errors import (
    JobNotFoundError,
    NotActiveError,
    NotStartedError,
    SchedulerStoppedError,
    StateLockedError,
    StateMissingError,
)
from schedrun.core.run.job_status import standing
from schedrun.core.run.limits import UNLIMITED, Limits
from schedrun.core.run.outcome import Outcome
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.schedule.fires import Fires
from schedrun.core.status import Origin
from schedrun.notify.registry import from_environ
from schedrun.protocols import Clock, Leftovers, Notifiers, Reader, RunContext, Store, Timer, Transaction
from schedrun.scheduler import control, registration, standings
from schedrun.scheduler.activation import Activation
from schedrun.scheduler.beside import Beside
from schedrun.scheduler.companion import Companion
from schedrun.scheduler.declarations import Declaration, SchedulerConfig
from schedrun.scheduler.engine import Engine
from schedrun.scheduler.planning import Planned, Planner
from schedrun.scheduler.surroundings import Surroundings
from schedrun.scheduler.traced import Execute
from schedrun.scheduler.views import JobInfo, job_info
from schedrun.scheduler.watchdog import Watchdog
from schedrun.stores.memory import MemoryStore
from schedrun.targets.call import call
from schedrun.tracing import environment as tracing

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ManifestSide:
    """What a scheduler that runs manifests brings: how their targets execute, and the reconcile before it fires.

    `limits` bound how many runs run at once; `leftovers` are the processes of an earlier service. `notifiers` tell
    people and monitors, None takes those that the environment names. `logs` is the folder of outputs that outgrow the
    ledger.
    """

    execute: Execute
    before_firing: Callable[[Engine], Awaitable[None]]
    limits: Limits = UNLIMITED
    leftovers: Leftovers | None = None
    notifiers: Notifiers | None = None
    logs: Path | None = None


class LiveScheduler:
    """A scheduler's life on its store: `start` makes it active or standby, `shutdown` ends it.

    With `declared` None it leaves code jobs alone, without `manifests` those of manifests: it cannot execute them.
    With `stands_by` False `start` raises StateLockedError when another process is active.
    """

    def __init__(
        self,
        config: SchedulerConfig,
        declared: Mapping[str, Declaration] | None,
        *,
        clock: Clock,
        timer: Timer | None = None,
        manifests: ManifestSide | None = None,
        stands_by: bool = True,
    ) -> None:
        self._config, self._declared, self.clock, self._timer = config, declared, clock, timer
        self._manifests, self._stands_by = manifests, stands_by
        self._activation: Activation | None = None
        self._notifiers: Notifiers | None = None
        self.companions: list[Companion] = []
        self._beside = None if config.state is None else Beside(Path(config.state))
        self._planner = Planner()
        self.engine: Engine | None = None
        self.started = False
        self._changing = asyncio.Lock()

    @property
    def state(self) -> Path | None:
        """The ledger's file, None for a ledger in memory."""
        return None if self._config.state is None else Path(self._config.state)

    @property
    def holder(self) -> StateLockedError | None:
        """Who was active when this process was refused last; None where it is active, or was never refused."""
        return None if self.engine is not None or self._activation is None else self._activation.holder

    def run_manifests(self, side: ManifestSide) -> None:
        """Run the jobs of manifests too. Raises RuntimeError once the scheduler is started, or when it does already."""
        if self.started or self._manifests is not None:
            raise RuntimeError("a scheduler takes manifests once, and before it is started")
        self._manifests = side

    def accompany(self, companion: Companion) -> None:
        """Let `companion` go on whenever this process is active, from now on."""
        self.companions.append(companion)
        if self.engine is not None:
            companion.begin(self.engine)

    async def ledger(self) -> Store:
        """Return the store that this process asks: the engine's or, on standby, one of its own beside it.

        Raises SchedulerStoppedError before the start and after the end, StoreError when the state cannot be opened.
        """
        if self.engine is not None:
            return self.engine.store
        if not self.started or self._beside is None:
            raise SchedulerStoppedError
        return await self._beside.store()

    async def start(self) -> None:
        """Become active, or stand by while another process is."""
        async with self._changing:
            if self.started:
                return
            if self._config.state is None:
                await self._activate(MemoryStore())
            else:
                await self._activate_or_stand_by(Activation(Path(self._config.state), self.clock))
            self.started = True

    async def _activate_or_stand_by(self, activation: Activation) -> None:
        try:
            store = await activation.acquire(patient=not self._stands_by)
        except StateLockedError:
            if not self._stands_by:
                raise
            activation.stand_by(partial(self._take_over, still_ours=activation.check))
        else:
            try:
                await self._activate(store, still_ours=activation.check)
            except BaseException:
                await activation.release()
                raise
        self._activation = activation

    async def _take_over(self, store: Store, *, still_ours: Callable[[], None]) -> None:
        async with self._changing:
            await self._activate(store, still_ours=still_ours)

    async def shutdown(self, *, drain: timedelta) -> None:
        """Stop firing, drain, close the store and let another process have the state."""
        async with self._changing:
            self.started = False
            engine, activation = self.engine, self._activation
            try:
                for companion in self.companions:
                    await companion.hold()
                if engine is not None:
                    await engine.shut_down(drain=drain)
            finally:
                self.engine = self._activation = None
                notifiers, self._notifiers = self._notifiers, None
                try:
                    await self._close(engine)
                    if notifiers is not None:
                        await notifiers.close()
                finally:
                    if activation is not None:
                        await activation.release()

    async def _close(self, engine: Engine | None) -> None:
        """End what goes on beside the engine, and close the stores."""
        for companion in self.companions:
            await companion.end()
        if engine is not None:
            await engine.store.close()
        if self._beside is not None:
            await self._beside.close()

    async def register(self, declared: Iterable[Declaration]) -> None:
        """Record declarations that came after the start; without an engine they wait for the next one to begin."""
        engine = self.engine
        if engine is None:
            return
        unit = partial(
            registration.register,
            planner=engine.planner,
            declared=tuple(declared),
            new_uid=_new_uid,
            now=self.clock.now(),
        )
        await self._follow(engine, await engine.store.write(unit))

    async def pause(self, job_id: str, *, reason: str | None, until: datetime | None, by: str) -> JobInfo:
        """Lay a pause over the job."""
        now = self.clock.now()
        if until is not None and until.tzinfo is None:
            raise ValueError("`until` needs a time zone: pass an aware datetime")
        if until is not None and until <= now:
            raise ValueError(f"`until` has passed: {until.isoformat()}")
        override = Override(reason, by, now, until)
        await control.pause(self._active_engine(job_id), job_id, override=override)
        return await self.job(job_id)

    async def resume(self, job_id: str) -> JobInfo:
        """Lift the pause that was laid over the job."""
        await control.resume(self._active_engine(job_id), job_id, now=self.clock.now())
        return await self.job(job_id)

    async def remove(self, job_id: str) -> None:
        """Remove a code job."""
        if self.engine is None and not self.started:
            if job_id not in (self._declared or ()):
                raise JobNotFoundError(job_id)
            return
        await control.remove(self._active_engine(job_id), job_id, now=self.clock.now())
        # What was claimed just now looks its function up in its first step, before the declaration goes.
        await asyncio.sleep(0)

    async def run_now(self, job_id: str, *, request_id: str) -> str:
        """Run the job beside its schedule; the same request gives the same run."""
        engine = self._active_engine(job_id)
        run = await control.trigger(engine, job_id, request_id=request_id, now=self.clock.now())
        return run.id

    async def job(self, job_id: str) -> JobInfo:
        """Return the view of one job."""
        for info in await self.jobs(only=job_id):
            return info
        raise JobNotFoundError(job_id)

    async def jobs(self, *, only: str | None = None) -> list[JobInfo]:
        """Return the view of every job, or of the one with the id `only`, ordered by id."""
        now = self.clock.now()
        fires = (self._planner if self.engine is None else self.engine.planner).fires
        recorded = await self._read(partial(_recorded, only=only, fires=fires, now=now))
        # What is declared on standby, the take-over will record.
        awaits_record = only is not None and not recorded and self.engine is None
        if recorded is not None and not awaits_record:
            return recorded
        rows = self._unrecorded(only, now)
        return [job_info(row, standing(row, fires(row), active=(), last=None, now=now)) for row in rows]

    async def _activate(self, store: Store, *, still_ours: Callable[[], None] = lambda: None) -> None:
        """Take over an open store: recover, make the code jobs' rows true, and begin to fire."""
        timer, watchdog = self._timer, None
        if timer is None:
            from schedrun.scheduler.timer import APSchedulerTimer  # noqa: PLC0415  the heaviest import, needed only here

            timer, watchdog = APSchedulerTimer(), Watchdog(self.clock)
        origins = {Origin.CODE} if self._declared is not None else set()
        if self._manifests is not None:
            origins.add(Origin.MANIFEST)
        limits = self._config.limits if self._manifests is None else self._manifests.limits
        engine = Engine(
            store=store,
            clock=self.clock,
            timer=timer,
            execute=self._execute,
            origins=frozenset(origins),
            limits=limits,
            around=self._around(still_ours, watchdog),
        )
        try:
            await engine.take_over()
            recorded = await self._record_declared(engine)
            if self._manifests is not None:
                await self._manifests.before_firing(engine)
            await engine.begin()
            while recorded != (self._declared or {}):
                # Declared or withdrawn while this was going on.
                recorded = await self._record_declared(engine)
                await engine.resync()
        except BaseException:
            try:
                await engine.shut_down(drain=timedelta(0))
            finally:
                await store.close()
            raise
        self.engine = engine
        for companion in self.companions:
            companion.begin(engine)

    def _around(self, still_ours: Callable[[], None], watchdog: Watchdog | None) -> Surroundings:
        side, folder = self._manifests, None if self.state is None else self.state.parent
        if self._notifiers is None:
            given = None if side is None else side.notifiers
            self._notifiers = given or from_environ(os.environ, state_dir=folder)
        leftovers, logs = (None, None) if side is None else (side.leftovers, side.logs)
        traces = tracing.traces(os.environ)
        return Surroundings(leftovers, still_ours, watchdog, self.state, logs, self._notifiers, traces)

    async def _record_declared(self, engine: Engine) -> dict[str, Declaration]:
        """Make the code jobs' rows true; return what they now say."""
        if self._declared is None:
            return {}
        declared, now = dict(self._declared), self.clock.now()

        def unit(tx: Transaction) -> list[Planned]:
            buried = registration.bury_undeclared(tx, declared, planner=engine.planner, now=now)
            return buried + registration.register(
                tx, declared.values(), planner=engine.planner, new_uid=_new_uid, now=now
            )

        engine.submit_planned(await engine.store.write(unit))
        return declared

    def _unrecorded(self, only: str | None, now: datetime) -> list[RecordedJob]:
        """Return the declared jobs as rows that begin now, for questions before the start."""
        declared = self._declared or {}
        chosen = sorted(declared) if only is None else [only] if only in declared else []
        return [RecordedJob(f"declared {key}", key, Origin.CODE, declared[key].spec, now) for key in chosen]

    def _execute(self, job: RecordedJob, context: RunContext) -> Awaitable[Outcome]:
        if job.origin is Origin.CODE:
            declared = (self._declared or {}).get(job.key)
            if declared is None:
                return _undeclared()
            return call(declared.function, declared.args, declared.kwargs, context=context)
        assert self._manifests is not None  # the engine arms only origins that can be executed
        return self._manifests.execute(job, context)

    async def _follow(self, engine: Engine, planned: Sequence[Planned]) -> None:
        """After the commit: start, cancel, and let the timers follow the rows."""
        engine.submit_planned(planned)
        await engine.arm([one.job for one in planned])

    async def _read(self, query: Callable[[Reader], T]) -> T | None:
        """Ask the store, also on standby; None before the start."""
        try:
            store = await self.ledger()
        except (SchedulerStoppedError, StateMissingError):
            return None  # the active one has not written anything yet
        return await store.read(query)

    def _active_engine(self, job_id: str) -> Engine:
        if self.engine is not None:
            return self.engine
        holder = self.holder
        if holder is not None:
            raise NotActiveError(holder.path, pid=holder.pid, since=holder.since)
        if job_id not in (self._declared or ()):
            raise JobNotFoundError(job_id)
        raise NotStartedError(job_id)


async def _undeclared() -> Outcome:
    return Outcome(error="the application no longer declares this job")


def _new_uid() -> str:
    return str(uuid.uuid4())


def _recorded(
    reader: Reader, *, only: str | None, fires: Callable[[RecordedJob], Fires], now: datetime
) -> list[JobInfo]:
    if only is None:
        rows = reader.jobs()
    else:
        row = reader.job_by_key(only)
        rows = [] if row is None or row.removed_at is not None else [row]
    return [
        job_info(row, stands)
        for row, stands in zip(rows, standings.of(reader, rows, fires=fires, now=now), strict=True)
    ]
