"""A client of streams without sockets: it hears what is sent as it is sent, and may be slow or leave."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from schedrun.web import app
from schedrun.web.access import Caller
from tests.virtual import settle
from tests.web.backend import OPERATOR, StoreBackend


class Heard(NamedTuple):
    """An event."""

    name: str
    data: Any
    id: str | None = None


class Stream:
    """What one client hears. While `takes` is cleared it takes nothing, as one whose window is full."""

    def __init__(self) -> None:
        self.takes, self.left = asyncio.Event(), asyncio.Event()
        self.takes.set()
        self.aborted = False
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body = b""
        self.ended = False
        self._read = 0

    async def receive(self) -> Any:
        """Give the request's end, then that the client has left."""
        if self.status is None and not self.left.is_set():
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """Take a message."""
        await self.takes.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message["body"]
            self.ended = not message.get("more_body", False)

    @property
    def transport(self) -> Any:
        """Return what uvicorn closes a connection by."""
        return self

    def abort(self) -> None:
        """Lose the connection: what waits to be sent is sent to nobody."""
        self.aborted = True
        self.left.set()
        self.takes.set()

    def heard(self) -> list[Heard]:
        """Return the events that have come since the last call; comments are left out."""
        blocks, self._read = self.body[self._read :].decode().split("\n\n"), len(self.body)
        assert blocks.pop() == ""
        return [event for block in blocks if (event := _event(block)) is not None]

    def text(self) -> str:
        """Return the output that has come since the last call, after a look at its offsets."""
        whole = ""
        for event in self.heard():
            if event.name == "output":
                assert event.id == str(event.data["offset"] + len(event.data["text"].encode()))
                whole += event.data["text"]
        return whole

    def comments(self) -> int:
        """Return how many comments have come."""
        return self.body.count(b"\n:") + self.body.startswith(b":")


def _event(block: str) -> Heard | None:
    fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
    if "event" not in fields:
        return None
    return Heard(fields["event"], json.loads(fields["data"]), fields.get("id"))


def names(events: Sequence[Heard]) -> list[str]:
    """Return what the events are called."""
    return [event.name for event in events]


@asynccontextmanager
async def listening(
    backend: StoreBackend,
    path: str,
    *,
    application: Any = None,
    caller: Caller = OPERATOR,
    headers: Sequence[tuple[str, str]] = (),
) -> AsyncIterator[Stream]:
    """Open a stream and let it go on until nothing more comes without time; end it as a client that leaves does."""
    stream = Stream()
    where, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers)],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8321),
        "schedrun.caller": caller,
    }
    going = asyncio.create_task((application or app.of(backend))(scope, stream.receive, stream.send))
    try:
        await settle()
        yield stream
    finally:
        stream.left.set()
        stream.takes.set()
        await asyncio.wait_for(going, 10)
