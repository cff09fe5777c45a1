"""Streams to clients that take nothing, on a real uvicorn that waits for its connections without a bound."""

import asyncio
import socket
from contextlib import closing, suppress
from typing import Any

import pytest
import uvicorn

from schedrun.web import streams
from schedrun.web.streams import Streams

pytestmark = [pytest.mark.anyio, pytest.mark.real_time]

REQUEST = b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
MORE_THAN_BUFFERS_HOLD = b"x" * (64 << 20)
START = {"type": "http.response.start", "status": 200, "headers": []}


class Says:
    """Answers with one event that no socket holds, and is quiet then, or has said all."""

    def __init__(self, *, ends: bool) -> None:
        self._ends = ends
        self.said = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": MORE_THAN_BUFFERS_HOLD, "more_body": not self._ends})
        self.said.set()
        if not self._ends:
            await asyncio.Event().wait()


class Serving:
    """A uvicorn server that ends when it is told to and every connection is closed."""

    def __init__(self, app: Any) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="error"))
        self._going = asyncio.create_task(self._server.serve(sockets=[self._listening]))

    def asked(self) -> socket.socket:
        """Return a connection that has asked for a stream and reads nothing of it."""
        connection = socket.create_connection(self._listening.getsockname())
        connection.sendall(REQUEST)
        return connection

    async def end(self) -> None:
        """Tell it to end, and return when it has."""
        self._server.should_exit = True
        await asyncio.wait_for(self._going, 30)
        self._listening.close()


def read_all(connection: socket.socket) -> int:
    """Return how many bytes came before the connection was closed or lost."""
    read = 0
    with suppress(ConnectionError):
        while part := connection.recv(1 << 20):
            read += len(part)
    return read


@pytest.mark.parametrize("said_all", [False, True], ids=["quiet", "said all"])
async def test_what_waits_for_a_client_keeps_no_server_from_ending(said_all: bool) -> None:
    """Neither while the stream has nothing more to say, nor after its last word."""
    says = Says(ends=said_all)
    serving = Serving(Streams(says))
    with closing(serving.asked()) as connection:
        await asyncio.wait_for(says.said.wait(), 30)
        await serving.end()
        assert read_all(connection) < len(MORE_THAN_BUFFERS_HOLD)


async def test_a_client_that_takes_nothing_for_long_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though everything was said: what waits for it takes memory, and a place among the streams."""
    monkeypatch.setattr(streams, "STUCK_SECONDS", 0.2)
    guarded, ended = Streams(Says(ends=True)), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await guarded(scope, receive, send)
        ended.set()

    serving = Serving(app)
    with closing(serving.asked()) as connection:
        await asyncio.wait_for(ended.wait(), 30)
        assert read_all(connection) < len(MORE_THAN_BUFFERS_HOLD)
        await serving.end()
