"""`TaskScheduler`, the embeddable scheduler: decorators, job control, start and shutdown."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar, Unpack

from schedrun.clock import SystemClock
from schedrun.core.errors import DuplicateJobError, StoreError
from schedrun.protocols import Clock, Timer
from schedrun.scheduler import declarations
from schedrun.scheduler.declarations import Declaration, JobOptions, SchedulerConfig
from schedrun.scheduler.live import LiveScheduler
from schedrun.scheduler.views import JobInfo

P = ParamSpec("P")
R = TypeVar("R")


class TaskScheduler:
    """Schedules functions of the application it is embedded in.

    Declare jobs with the decorators or the `add_*_job` coroutines, before or after `start`. Async functions run on
    the event loop, sync ones each on a thread. Without `SchedulerConfig(state=...)` nothing is written to disk.
    """

    def __init__(
        self, config: SchedulerConfig | None = None, *, clock: Clock | None = None, timer: Timer | None = None
    ) -> None:
        """Take the configuration; `clock` and `timer` are for tests in virtual time."""
        if not isinstance(config, SchedulerConfig | None):
            raise TypeError(f"a scheduler takes a SchedulerConfig, not {config!r}")
        self._config = config or SchedulerConfig()
        self._declared: dict[str, Declaration] = {}
        self._live = LiveScheduler(self._config, self._declared, clock=clock or SystemClock(), timer=timer)
        self._registering: set[asyncio.Task[None]] = set()

    @property
    def config(self) -> SchedulerConfig:
        """The configuration it was made with."""
        return self._config

    @property
    def live(self) -> LiveScheduler:
        """The running side, for what is built on a scheduler: manifests, an API."""
        return self._live

    # Declaring

    def interval(
        self,
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        job_id: str | None = None,
        **options: Unpack[JobOptions],
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Run the decorated function every so often, on a grid that the Unix epoch fixes.

        Raises ValueError when the period is empty or an option is out of range, DuplicateJobError when the id is taken.
        """
        schedule = declarations.interval_schedule(
            options=options, weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds
        )
        return self._decorator(schedule, job_id, options)

    def cron(
        self,
        expression: str | None = None,
        *,
        month: int | str | None = None,
        day: int | str | None = None,
        day_of_week: int | str | None = None,
        hour: int | str | None = None,
        minute: int | str | None = None,
        job_id: str | None = None,
        **options: Unpack[JobOptions],
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Run the decorated function at the times of a crontab expression, or of its fields given as keywords.

        Of the keywords, fields finer than those given are at their minimum, coarser ones free. In `day_of_week` 0 and
        7 are Sunday, 1 is Monday, as in a crontab. Raises ValueError for an expression that does not parse or can
        never fire, DuplicateJobError when the id is taken.
        """
        schedule = declarations.cron_schedule(
            expression, options=options, month=month, day=day, day_of_week=day_of_week, hour=hour, minute=minute
        )
        return self._decorator(schedule, job_id, options)

    def at(
        self, at: datetime, *, job_id: str | None = None, **options: Unpack[JobOptions]
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Run the decorated function once, at an instant; a naive one is read in the job's zone.

        Raises ValueError when the instant does not exist, DuplicateJobError when the id is taken.
        """
        return self._decorator(declarations.at_schedule(at, options=options), job_id, options)

    async def add_interval_job(
        self,
        func: Callable[..., Any],
        job_id: str | None = None,
        *,
        weeks: float = 0,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        **options: Unpack[JobOptions],
    ) -> JobInfo:
        """Add a function that runs every so often; see `interval`."""
        schedule = declarations.interval_schedule(
            options=options, weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds
        )
        return await self._add(func, job_id, schedule, options)

    async def add_cron_job(
        self,
        func: Callable[..., Any],
        job_id: str | None = None,
        cron_expression: str | None = None,
        *,
        month: int | str | None = None,
        day: int | str | None = None,
        day_of_week: int | str | None = None,
        hour: int | str | None = None,
        minute: int | str | None = None,
        **options: Unpack[JobOptions],
    ) -> JobInfo:
        """Add a function that runs at the times of a crontab expression or of its fields; see `cron`."""
        schedule = declarations.cron_schedule(
            cron_expression, options=options, month=month, day=day, day_of_week=day_of_week, hour=hour, minute=minute
        )
        return await self._add(func, job_id, schedule, options)

    async def add_at_job(
        self, func: Callable[..., Any], job_id: str | None, at: datetime, **options: Unpack[JobOptions]
    ) -> JobInfo:
        """Add a function that runs once; see `at`."""
        return await self._add(func, job_id, declarations.at_schedule(at, options=options), options)

    # Controlling

    async def pause_job(
        self,
        job_id: str,
        *,
        reason: str | None = None,
        until: datetime | None = None,
        by: str = "the application",
    ) -> JobInfo:
        """Pause a job until it is resumed or `until` (aware) passes: what comes due meanwhile is skipped.

        Raises JobNotFoundError; ValueError when `until` is naive or has passed; NotStartedError before `start`, and
        NotActiveError, naming who is active, on standby.
        """
        await self._settled()
        return await self._live.pause(job_id, reason=reason, until=until, by=by)

    async def resume_job(self, job_id: str) -> JobInfo:
        """Lift a pause; nothing of it is caught up. No-op on a job that is not paused.

        Raises JobNotFoundError; JobOwnedByManifestError when the job's manifest pauses it; NotStartedError and
        NotActiveError as `pause_job` does.
        """
        await self._settled()
        return await self._live.resume(job_id)

    async def remove_job(self, job_id: str) -> None:
        """Remove a code job; a run of it that is active ends as it would.

        Raises JobNotFoundError; JobOwnedByManifestError for a manifest's job: remove it from the file.
        """
        await self._settled()
        await self._live.remove(job_id)
        self._declared.pop(job_id, None)

    async def run_job(self, job_id: str) -> str:
        """Run a job now, beside its schedule; return the run's id once it is queued or running.

        Raises JobNotFoundError; JobBusyError, naming the active run, when the job's overlap policy forbids another;
        NotStartedError and NotActiveError as `pause_job` does.
        """
        await self._settled()
        return await self._live.run_now(job_id, request_id=uuid.uuid4().hex)

    async def get_job(self, job_id: str) -> JobInfo:
        """Return one job. Raises JobNotFoundError."""
        await self._settled()
        return await self._live.job(job_id)

    async def get_jobs(self) -> list[JobInfo]:
        """Return every job, of code and of manifests, ordered by id."""
        await self._settled()
        return await self._live.jobs()

    # Living

    async def start(self) -> None:
        """Begin to fire. Idempotent.

        When another process is active on the same `state`, this one stands by: it answers questions, and takes
        over within a second once the other has ended.
        """
        await self._live.start()

    async def shutdown(self, wait: bool = True) -> None:
        """Stop firing; with `wait`, let running jobs end for up to `drain_timeout` seconds. Idempotent.

        What is still running then is cut and recorded as interrupted.
        """
        try:
            await self._settled()
        finally:
            await self._live.shutdown(drain=timedelta(seconds=self._config.drain_timeout if wait else 0))

    def _decorator(
        self, schedule: dict[str, Any], job_id: str | None, options: JobOptions
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        spec = declarations.specify(schedule, config=self._config, options=options)

        def register(function: Callable[P, R]) -> Callable[P, R]:
            declared = declarations.declare(function, job_id, spec=spec, options=options)
            if self._live.engine is None:
                self._declare(declared)
                return function
            # Asked first: on another thread than the scheduler's it raises, and then nothing is declared.
            loop = asyncio.get_running_loop()
            self._declare(declared)
            self._registering.add(loop.create_task(self._live.register([declared])))
            return function

        return register

    async def _add(
        self, func: Callable[..., Any], job_id: str | None, schedule: dict[str, Any], options: JobOptions
    ) -> JobInfo:
        spec = declarations.specify(schedule, config=self._config, options=options)
        declared = self._declare(declarations.declare(func, job_id, spec=spec, options=options))
        try:
            await self._live.register([declared])
        except StoreError:
            del self._declared[declared.id]
            raise
        return await self._live.job(declared.id)

    def _declare(self, declared: Declaration) -> Declaration:
        known = self._declared.get(declared.id)
        if known is not None:
            raise DuplicateJobError(declared.id, first=known.place, second=declared.place)
        self._declared[declared.id] = declared
        declarations.tell_weekdays(declared)
        return declared

    async def _settled(self) -> None:
        """Wait until decorators that ran after `start` are recorded; what they raised is raised here."""
        if not self._registering:
            return
        tasks, self._registering = self._registering, set()
        await asyncio.wait(tasks)
        for task in tasks:
            task.result()
