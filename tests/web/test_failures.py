"""A bug is in the log, and nothing of it in the answer."""

import asyncio
from typing import Any

import httpx
import pytest

from schedrun.web.failures import Failures
from tests.web.gated import browser

pytestmark = pytest.mark.anyio


async def test_a_bug_is_told_to_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    """The answer is a problem without internals."""

    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError("s3cret of /etc/passwd")

    async with browser(Failures(fails)) as web:
        answer = await web.get("/jobs")
    assert (500, "bug") == (answer.status_code, answer.json()["code"])
    assert "application/problem+json" == answer.headers["content-type"]
    for inside in ("s3cret", "ZeroDivision", "Traceback", ".py"):
        assert inside not in answer.text
    (record,) = [one for one in caplog.records if vars(one).get("event") == "answer_failed"]
    assert record.exc_info is not None
    assert ("GET", "/jobs") == (vars(record)["method"], vars(record)["path"])


async def test_what_an_ending_server_does_not_wait_for_is_answered() -> None:
    """Without a word in the log; what is cancelled for another reason stays so."""
    ends = False

    async def waits(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    app: Any = Failures(waits, ends=lambda: ends)
    for ends in (True, False):
        task = asyncio.create_task(app({"type": "http", "method": "GET", "path": "/"}, None, send))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled() is not ends
    assert [503] == [message["status"] for message in sent if "status" in message]


async def test_an_answer_that_has_begun_is_broken_off() -> None:
    """Nobody takes half of it for the whole."""

    async def fails(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    transport = httpx.ASGITransport(Failures(fails))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as web:
        with pytest.raises(ZeroDivisionError):
            await web.get("/")
