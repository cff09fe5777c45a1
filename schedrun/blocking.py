"""Work that blocks, on threads of its own, awaited on the event loop."""

import asyncio
import contextvars
import ipaddress
import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

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


async def look_up(url: str) -> None:
    """Return once the name in `url` was looked up; what is wrong with it, a request will say.

    The event loop, and httpx with it, looks names up on the few threads that the whole process shares: a resolver that
    hangs would take them from runs, edits and the end of the service.
    """
    with suppress(OSError, ValueError, RuntimeError):  # RuntimeError: no further thread
        parts = urlsplit(url)
        if parts.hostname is not None and not _is_address(parts.hostname):
            await on_thread(partial(_resolve, parts), name="schedrun-lookup")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _resolve(parts: SplitResult) -> None:
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415  heavy, and httpx is there where it is used

    # A proxy looks the name up itself: here there may be no resolver that knows it.
    if {"http", "https", "all"}.isdisjoint(getproxies()) or proxy_bypass(parts.netloc):
        socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_STREAM)
