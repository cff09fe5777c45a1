"""Streams of events: so many at once and no more, and none that keeps a server from ending."""

import asyncio
import re
import signal
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from math import inf

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schedrun.web.events import connection
from schedrun.web.events.wire import STUCK_SECONDS
from schedrun.web.paths import path_of
from schedrun.web.problem import Problem

MOST = 32
LOOK_SECONDS = 0.25
"""How often a stream looks whether its server is about to end."""

LOOKS_A_CHECK = 20
"""After how many of these looks it asks whether its reader may still read."""

LAST_SECONDS = 0.5
"""How long a stream that is cut waits for its client to take what is left."""

_STREAMS = re.compile(r"/api/v1/(events|runs/[^/]+/log/stream)")


def is_stream(scope: Scope) -> bool:
    """Whether the answer to this request goes on until somebody ends it."""
    return scope["method"] == "GET" and _STREAMS.fullmatch(path_of(scope)) is not None


def server_ends() -> bool:
    """Whether the uvicorn server that hears this process's signals has been told to end.

    It waits for open answers before it tells the application anything, so a stream has to look for itself.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        server = getattr(signal.getsignal(number), "__self__", None)
        if getattr(server, "should_exit", False) is True:
            return True
    return False


class Streams:
    """Counts the streams that are open, and cuts them when the server is about to end: clients connect again.

    It cuts also those of a reader whose token was taken away, or whose session has ended.
    """

    def __init__(self, app: ASGIApp, *, ends: Callable[[], bool] = server_ends, most: int = MOST) -> None:
        self._app, self._ends, self._most = app, ends, most
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or not is_stream(scope):
            await self._app(scope, receive, send)
        elif self._open >= self._most:
            await self._too_many().response()(scope, receive, send)
        else:
            self._open += 1
            try:
                await self._until_the_end(scope, receive, send)
            finally:
                self._open -= 1

    async def _until_the_end(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(send)

        async def stream() -> None:
            await self._app(scope, receive, answer)
            if not await connection.taken(receive, patience=STUCK_SECONDS):
                connection.abort(receive)

        going = asyncio.create_task(stream(), name="stream")
        try:
            looks = 0
            while not going.done() and not self._ends() and await _may_go_on(scope, looks):
                await asyncio.wait({going}, timeout=LOOK_SECONDS)
                looks += 1
            if going.done():
                going.result()
                return
        finally:
            await _cut(going)
        await _finish(answer, receive)

    def _too_many(self) -> Problem:
        return Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_streams",
            detail=f"{self._most} streams are open in this process, and no more may be.",
            remedy="Close one: a browser holds one for each page that shows something live.",
            headers={"Retry-After": "5"},
        )


async def _may_go_on(scope: Scope, looks: int) -> bool:
    """Return whether the guard would still let the reader in; it is asked now and then."""
    asks: Callable[[], Awaitable[bool]] | None = scope.get("schedrun.may_go_on")
    return asks is None or looks % LOOKS_A_CHECK != 0 or looks == 0 or await asks()


async def _cut(going: asyncio.Task[None]) -> None:
    """Cancel the task unless it is done, and return when it is; what it raises then is of no use to anybody."""
    if not going.done():
        going.cancel()
        await asyncio.wait({going})
        if not going.cancelled():
            going.exception()


async def _finish(answer: "_Answer", receive: Receive) -> None:
    """End the answer in order, and let go of a client that does not take what waits for it.

    uvicorn closes no connection before all of it was sent, and ends with its last connection.
    """
    try:
        async with asyncio.timeout(LAST_SECONDS):
            await answer.finish()
            await connection.taken(receive, patience=inf)
    except TimeoutError:
        connection.abort(receive)


class _Answer:
    """Remembers how far an answer has come."""

    def __init__(self, send: Send) -> None:
        self._send, self._begun, self._ended = send, False, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
        elif message["type"] == "http.response.body":
            self._ended = not message.get("more_body", False)
        await self._send(message)

    async def finish(self) -> None:
        """End the answer in order, so that the client connects again instead of reporting a broken one."""
        if not self._begun:
            await self({"type": "http.response.start", "status": HTTPStatus.SERVICE_UNAVAILABLE, "headers": []})
        if not self._ended:
            await self({"type": "http.response.body", "body": b"", "more_body": False})
