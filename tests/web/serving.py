"""An application behind a socket of this machine, for browsers."""

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.datastructures import MutableHeaders

from schedrun.web.access import Caller

POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'"
)
"""What a page may load and do."""

Make = Callable[[], Coroutine[Any, Any, Any]]


def guarded(application: Any, caller: Caller) -> Any:
    """Return the application behind the policy of every page, for one caller, whom no guard had to find out."""

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        async def answer(message: Any) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(raw=message["headers"])["content-security-policy"] = POLICY
            await send(message)

        scope["schedrun.caller"] = caller
        await application(scope, receive, answer)

    return asked


@contextmanager
def served(make: Make) -> Iterator[str]:
    """Serve the ASGI application that `make` returns, on a loop of its own; yield its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    ready, servers = threading.Event(), []

    async def serve() -> None:
        config = uvicorn.Config(await make(), log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        servers.append(server)
        ready.set()
        await server.serve(sockets=[listening])

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    ready.wait(60)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(60)
        listening.close()
