"""An application behind a socket of this machine, for browsers."""

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

Make = Callable[[], Coroutine[Any, Any, Any]]


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
        thread.join(10)
        listening.close()
