"""A lifespan for FastAPI and other ASGI applications that starts and stops a scheduler with them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from schedrun.scheduler.task_scheduler import TaskScheduler


def create_scheduler_lifespan(scheduler: TaskScheduler) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return a lifespan: `FastAPI(lifespan=create_scheduler_lifespan(scheduler))`.

    The scheduler starts before the application serves its first request and is shut down, running jobs drained,
    after its last.
    """

    @asynccontextmanager
    async def lifespan(_app: Any) -> AsyncIterator[None]:
        await scheduler.start()
        try:
            yield
        finally:
            await scheduler.shutdown()

    return lifespan
