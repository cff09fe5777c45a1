"""Server-sent events on the wire (HTML Living Standard, section 9.2): text that is never held back."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from schedrun.protocols import Clock
from schedrun.web.events import connection

MEDIA_TYPE = "text/event-stream"
BEGIN = b"retry: 1000\n\n"
"""What a stream begins with: how many milliseconds after its end a browser connects again."""

COMMENT = b": nothing new\n\n"
COMMENT_SECONDS = 15.0
"""After so much silence a comment says that the stream is still there."""

STUCK_SECONDS = 30.0
"""A client that takes nothing for so long is gone."""

_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""What keeps proxies from collecting it."""


def event(name: str, data: Mapping[str, Any], *, last: int | None = None) -> bytes:
    """Return an event; `last` is what a client sends as `Last-Event-ID` when it connects again."""
    begin = "" if last is None else f"id: {last}\n"
    # JSON has no line breaks of its own, so it is one line of data.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"{begin}event: {name}\ndata: {text}\n\n".encode("utf-8", "replace")


class EventStream(StreamingResponse):
    """An answer that goes on as `events` does, with comments where that is silent, until the client leaves.

    What `events` raises before its first yield is answered as an error.
    """

    def __init__(self, events: AsyncGenerator[bytes, None], *, clock: Clock) -> None:
        super().__init__(events, HTTPStatus.OK, _HEADERS, MEDIA_TYPE)
        self._events, self._clock = events, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  ASGI's signature
        """Answer, and end everything that was begun for it."""
        async with aclosing(self._events):
            first = await anext(self._events)
            going = asyncio.create_task(self._go_on(first, send), name="send events")
            leaving = asyncio.create_task(_leaves(receive), name="client leaves")
            try:
                await asyncio.wait({going, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if going.done() and not going.result():
                    connection.abort(receive)
            finally:
                await _end(going, leaving)

    async def _go_on(self, first: bytes, send: Send) -> bool:
        """Return whether the client has taken all of it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            await self._send(first, send)
            async with aclosing(self._with_comments()) as chunks:
                async for chunk in chunks:
                    await self._send(chunk, send)
            await self._send(b"", send, more=False)
        except TimeoutError:
            return False
        return True

    async def _send(self, chunk: bytes, send: Send, *, more: bool = True) -> None:
        async with asyncio.timeout(STUCK_SECONDS):
            await send({"type": "http.response.body", "body": chunk, "more_body": more})

    async def _with_comments(self) -> AsyncGenerator[bytes, None]:
        step = asyncio.create_task(_step(self._events))
        try:
            while True:
                if not await self._done_in_time(step):
                    yield COMMENT
                    continue
                chunk = step.result()
                if chunk is None:
                    return
                yield chunk
                step = asyncio.create_task(_step(self._events))
        finally:
            await _end(step)

    async def _done_in_time(self, step: asyncio.Task[bytes | None]) -> bool:
        pause = asyncio.create_task(self._clock.sleep(COMMENT_SECONDS))
        try:
            await asyncio.wait({step, pause}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()
        return step.done()


async def _step(events: AsyncIterator[bytes]) -> bytes | None:
    return await anext(events, None)


async def _leaves(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel what goes on, and return when all of it has ended."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
