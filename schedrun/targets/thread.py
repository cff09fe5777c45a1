"""Work on a thread of its own, awaited on the event loop."""

import asyncio
import contextvars
import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)


def on_thread(work: Callable[[], T], *, name: str) -> asyncio.Future[T]:
    """Begin `work` on a daemon thread in a copy of this context; the future ends as `work` does.

    A thread of its own, and a daemon: one that is stuck holds up neither other work nor the exit. Raises
    RuntimeError when the system gives no further thread.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def deliver(end: Callable[[], None]) -> None:
        if not done.done():
            end()

    def body() -> None:
        end: Callable[[], None]
        try:
            end = partial(done.set_result, work())
        except BaseException as error:  # noqa: BLE001  raised where the future is awaited
            end = partial(done.set_exception, error)
        try:
            loop.call_soon_threadsafe(deliver, end)
        except RuntimeError:
            # The loop was closed meanwhile: nobody is left who could want the result.
            log.debug("Thread outlived its event loop", extra={"event": "thread_outlived_loop", "thread": name})

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(body,), name=name, daemon=True).start()
    return done
