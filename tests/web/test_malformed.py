"""What is no HTTP: the server's own answers look like those of the application."""

import asyncio
import json
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from schedrun.web.malformed import Http
from schedrun.web.safe_headers import HEADERS

pytestmark = pytest.mark.anyio


async def _application(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def answer_to(sent: bytes) -> tuple[str, dict[str, str], str]:
    """Return status line, headers and body of what comes back until the server hangs up."""
    config = uvicorn.Config(_application, http=Http, lifespan="off", log_config=None)
    config.load()
    loop, state = asyncio.get_running_loop(), ServerState()
    server = await loop.create_server(lambda: Http(config, state, {}), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(sent)
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
    status, *lines = head.split("\r\n")
    return status, {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}, body


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"GARBAGE\r\n\r\n", id="no request line"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", id="TLS"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", id="two hosts"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", id="two lengths"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", id="a length below nothing"),
    ],
)
async def test_is_answered_with_a_problem(sent: bytes) -> None:
    """With the headers that every answer has; nothing of what was sent is repeated."""
    status, headers, body = await answer_to(sent)
    assert "HTTP/1.1 400 Bad Request" == status
    assert ("application/problem+json", "close") == (headers["content-type"], headers["connection"])
    assert HEADERS == {name: headers[name.lower()] for name in HEADERS}
    told = json.loads(body)
    assert {"type", "title", "status", "detail", "code", "remedy"} == told.keys()
    assert (400, "bad_request") == (told["status"], told["code"])


async def test_an_answer_that_has_been_given_stays_whole() -> None:
    """What follows it on the same connection is not mixed into it."""
    status, headers, body = await answer_to(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGARBAGE\r\n\r\n")
    assert ("HTTP/1.1 200", "2") == (status[:12], headers["content-length"])
    assert body.startswith("okHTTP/1.1 400")
