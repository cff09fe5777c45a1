"""A scheduler inside an application: its lifespan, the manifests it runs too, and what goes on beside it."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from schedrun.core.errors import SchedrunError
from schedrun.core.run.retention import Retention
from schedrun.scheduler.task_scheduler import TaskScheduler
from schedrun.service.manifests import Manifests
from schedrun.service.upkeep import Upkeep
from schedrun.settings import Settings


def create_scheduler_lifespan(
    scheduler: TaskScheduler, *, manifests: Sequence[str | Path] = ()
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return a lifespan: `FastAPI(lifespan=create_scheduler_lifespan(scheduler))`.

    The scheduler starts before the application serves its first request and is shut down, running jobs drained,
    after its last. It then answers what other processes ask and forgets old history, too.

    `manifests` are files and folders whose jobs run beside those of the code, and whose edits apply themselves. What
    `schedrun run` reads from the environment (`SCHEDRUN_ALLOW_TARGETS`, `SCHEDRUN_SECRETS_FROM` and so on) holds for
    them. Raises ValueError when they are given and `SchedulerConfig(state=...)` is not, when one does not exist, or
    when a setting cannot be used; RuntimeError when the scheduler is started already or has manifests.
    """
    if isinstance(manifests, str | Path):
        raise ValueError(f"manifests is a list of paths: write [{str(manifests)!r}]")  # noqa: TRY004  one kind of error for a bad argument
    if manifests:
        _take_manifests(scheduler, tuple(Path(path) for path in manifests))

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        upkeep = attended(scheduler)
        await scheduler.start()
        try:
            yield
        finally:
            await scheduler.shutdown()
            if upkeep.manifests is not None:
                await upkeep.manifests.close()

    return lifespan


def attended(scheduler: TaskScheduler) -> Upkeep:
    """Return what goes on beside the scheduler's engines: one for each scheduler, made when it is first asked for."""
    live = scheduler.live
    for companion in live.companions:
        if isinstance(companion, Upkeep):
            return companion
    logs_dir = None if live.state is None else Settings(state=live.state).logs_dir
    upkeep = Upkeep(clock=live.clock, retention=Retention(), logs_dir=logs_dir)
    live.accompany(upkeep)
    return upkeep


def _take_manifests(scheduler: TaskScheduler, paths: tuple[Path, ...]) -> None:
    config = scheduler.config
    if config.state is None:
        raise ValueError("manifests need a ledger on disk: pass SchedulerConfig(state='state.db')")
    for path in paths:
        if not path.exists():
            raise ValueError(f"there is no file or folder {str(path)!r}: manifests are looked for there")
    settings = _settings(scheduler, paths)
    manifests = Manifests(settings, clock=scheduler.live.clock, environ=os.environ)
    scheduler.live.run_manifests(manifests.side(settings.limits))
    attended(scheduler).take(manifests, retention=settings.retention)


def _settings(scheduler: TaskScheduler, paths: tuple[Path, ...]) -> Settings:
    """Return the settings of the environment, with what the application says itself."""
    config = scheduler.config
    try:
        settings = Settings.from_environ(os.environ, state=config.state, paths=paths)
    except SchedrunError as error:
        raise ValueError(str(error)) from error
    return replace(
        settings,
        drain_timeout=timedelta(seconds=config.drain_timeout),
        max_running=config.max_running if config.max_running is not None else settings.max_running,
        group=config.groups or settings.group,
    )
