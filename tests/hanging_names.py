"""A resolver that does not answer."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

DEADLINE = 20.0
"""Real seconds after which what must happen has not."""


async def done_while_names_hang(work: Coroutine[Any, Any, T], *, monkeypatch: pytest.MonkeyPatch) -> T:
    """Return what `work` comes to once its name is refused; it takes no thread of the event loop until then."""
    loop, asked, answers = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def hang(*_arguments: object, **_named: object) -> None:
        loop.call_soon_threadsafe(asked.set)
        answers.wait(DEADLINE)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    loop.set_default_executor(ThreadPoolExecutor(1))
    working = asyncio.create_task(work)
    try:
        async with asyncio.timeout(DEADLINE):
            await asked.wait()
            await asyncio.to_thread(int)
        assert not working.done()
    finally:
        answers.set()
    return await working
