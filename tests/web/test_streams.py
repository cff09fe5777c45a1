"""Streams are counted, and end when their server does."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from schedrun.web import streams
from schedrun.web.callers import ByToken
from schedrun.web.guard import Guard
from schedrun.web.streams import Streams
from schedrun.web.tokens import TokenFile
from tests.virtual import VirtualClock
from tests.web.gated import ELSEWHERE, OPERATE, READER, token_file

pytestmark = pytest.mark.anyio

EVENTS = "/api/v1/events"


class Client:
    """One request to an ASGI application, and what came back so far."""

    def __init__(self, app: Any, path: str = EVENTS, *, method: str = "GET", root: str = "") -> None:
        self.sent: list[dict[str, Any]] = []
        scope = {"type": "http", "method": method, "path": path, "root_path": root, "headers": []}
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    @property
    def status(self) -> int | None:
        """The status, None before it is there."""
        return next((int(one["status"]) for one in self.sent if "status" in one), None)

    @property
    def ended(self) -> bool:
        """Whether the answer has ended in order."""
        return bool(self.sent) and self.sent[-1].get("more_body", self.sent[-1]["type"] == "x") is False

    async def _receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)


class Endless:
    """Answers with a stream that nothing ends."""

    def __init__(self) -> None:
        self.cancelled = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b": \n\n", "more_body": True})
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


async def turns() -> None:
    """Let everything go on that waits for nothing."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_so_many_at_once_and_no_more() -> None:
    """The next is refused, and one that ends makes room; what is no stream is not counted."""
    app = Endless()
    guarded = Streams(app, ends=lambda: False)
    clients = [Client(guarded) for _ in range(streams.MOST)]
    await turns()
    assert 32 == streams.MOST
    assert {200} == {client.status for client in clients}
    refused, other = Client(guarded), Client(guarded, "/api/v1/jobs")
    await turns()
    assert (429, 200) == (refused.status, other.status)
    assert refused.task.done()

    clients[0].task.cancel()
    await asyncio.wait({clients[0].task})
    late = Client(guarded, "/api/v1/runs/abc/log/stream")
    await turns()
    assert 200 == late.status
    for client in (*clients, late, other):
        client.task.cancel()
    await asyncio.wait({client.task for client in (*clients, late, other)})
    assert 34 == app.cancelled


@pytest.mark.parametrize("answers", [True, False], ids=["begun", "not begun"])
async def test_they_end_with_their_server(monkeypatch: pytest.MonkeyPatch, answers: bool) -> None:
    """In order, so that a browser connects again, and soon: the server waits for them."""
    monkeypatch.setattr(streams, "LOOK_SECONDS", 0.001)
    ends = False
    app = Endless()

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    client = Client(Streams(app if answers else silent, ends=lambda: ends))
    await turns()
    assert not client.ended
    ends = True
    await client.task
    assert (200 if answers else 503) == client.status
    assert client.ended


async def test_they_end_with_the_right_to_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clock: VirtualClock
) -> None:
    """A token that is taken out of its file opens nothing any more, and keeps nothing open."""
    monkeypatch.setattr(streams, "LOOK_SECONDS", 0.001)
    file = TokenFile(token_file(tmp_path))
    file.load()
    guard = Guard(
        Streams(Endless(), ends=lambda: False), callers=ByToken(file, clock), monotonic=clock.monotonic, public=None
    )
    headers = [(b"host", b"localhost"), *((name.lower().encode(), value.encode()) for name, value in READER.items())]

    async def with_token(scope: Any, receive: Any, send: Any) -> None:
        await guard({**scope, "headers": headers, "client": ELSEWHERE, "scheme": "http"}, receive, send)

    client = Client(with_token)
    await turns()
    assert (200, False) == (client.status, client.ended)
    token_file(tmp_path, f"operate {OPERATE} ops\n")
    await asyncio.wait_for(client.task, 30)
    assert client.ended


async def test_one_that_ends_by_itself_is_left_alone() -> None:
    """Its last word is its own, and so is its error."""

    async def short(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": False})

    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    client = Client(Streams(short, ends=lambda: False))
    await client.task
    assert [b"x"] == [message["body"] for message in client.sent[1:]]
    failing = Streams(fails, ends=lambda: False)
    for _ in range(streams.MOST + 1):
        with pytest.raises(ZeroDivisionError):
            await Client(failing).task


@pytest.mark.parametrize(
    ("method", "path", "root", "expected"),
    [
        ("GET", EVENTS, "", True),
        ("GET", f"/mount{EVENTS}", "/mount", True),
        ("GET", "/api/v1/runs/abc/log/stream", "", True),
        ("GET", "/api/v1/runs/abc/log", "", False),
        ("GET", f"/mount{EVENTS}", "", False),
        ("POST", EVENTS, "", False),
        ("GET", "/", "", False),
    ],
)
def test_knows_what_is_a_stream(method: str, path: str, root: str, expected: bool) -> None:
    """By method and path, below whatever it is mounted on."""
    assert expected == streams.is_stream({"method": method, "path": path, "root_path": root})


class Server:
    """What uvicorn's server is to its process: it hears the signals."""

    should_exit = False

    def handle_exit(self, number: int, frame: object) -> None: ...


@pytest.fixture
def heard() -> Iterator[Callable[[Any], None]]:
    """Return what puts a handler of SIGTERM in place, until the test has ended."""
    before = signal.getsignal(signal.SIGTERM)

    def hear(handler: Any) -> None:
        signal.signal(signal.SIGTERM, handler)

    yield hear
    signal.signal(signal.SIGTERM, before)


def test_sees_that_uvicorn_was_told_to_end(heard: Callable[[Any], None]) -> None:
    """By the server that hears the signals; other handlers say nothing."""
    server = Server()
    heard(server.handle_exit)
    assert not streams.server_ends()
    server.should_exit = True
    assert streams.server_ends()
    heard(signal.SIG_IGN)
    assert not streams.server_ends()
    heard(lambda *_: None)
    assert not streams.server_ends()


def test_uvicorn_is_still_built_so(heard: Callable[[Any], None]) -> None:
    """Its server takes the signals as a method of its own, and says `should_exit`."""
    uvicorn = pytest.importorskip("uvicorn")
    server = uvicorn.Server(uvicorn.Config(Endless(), lifespan="off"))
    with server.capture_signals():
        assert not streams.server_ends()
        server.should_exit = True
        assert streams.server_ends()
