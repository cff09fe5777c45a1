"""Names of servers: a resolver that hangs takes no thread of others."""

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.target import HttpRequest, HttpTarget
from schedrun.secret import SecretSource
from schedrun.targets.http import HttpRequests
from schedrun.targets.lookup import look_up
from tests.targets.contexts import run_context

DEADLINE = 20.0
"""Real seconds after which what must happen has not."""


def looking_up(monkeypatch: pytest.MonkeyPatch, url: str) -> list[object]:
    """Return the names that are looked up for a URL."""
    names: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_arguments, **_named: names.append(host))
    asyncio.run(look_up(url))
    return names


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("https://fx.example:8443/x", ["fx.example"]),
        ("http://127.0.0.1:1/x", []),
        ("http://[::1]:1/x", []),
        ("http://", []),
        ("http://[x", []),
        ("http://fx.example:port/", []),
    ],
)
def test_names_are_looked_up(monkeypatch: pytest.MonkeyPatch, url: str, names: list[object]) -> None:
    """And nothing else; what is no URL is said by the request."""
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)
    assert names == looking_up(monkeypatch, url)


@pytest.mark.parametrize(("bypassed", "names"), [("other.example", []), ("fx.example", ["fx.example"])])
def test_a_proxy_looks_the_name_up(monkeypatch: pytest.MonkeyPatch, bypassed: str, names: list[object]) -> None:
    """Unless it is gone past."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", bypassed)
    assert names == looking_up(monkeypatch, "https://fx.example/")


def test_a_run_that_waits_for_a_name_takes_no_thread_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits, other runs and the end of the service need those that the event loop has."""
    answers = threading.Event()
    said: list[Callable[[], object]] = []

    def hang(*_arguments: object, **_named: object) -> None:
        said[0]()
        answers.wait(DEADLINE)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    async def once() -> Outcome:
        loop, asked = asyncio.get_running_loop(), asyncio.Event()
        loop.set_default_executor(ThreadPoolExecutor(1))
        said.append(partial(loop.call_soon_threadsafe, asked.set))
        target = HttpRequests(secrets=SecretSource(environ={}), default_timeout=2 * DEADLINE)
        request = HttpTarget(http=HttpRequest.model_validate({"url": "http://hangs.example/"}))
        running = asyncio.create_task(target.run(request, run_context()))
        try:
            async with asyncio.timeout(DEADLINE):
                await asked.wait()
                await asyncio.to_thread(int)
            assert not running.done()
        finally:
            answers.set()
            outcome = await running
            await target.close()
        return outcome

    assert "cannot connect: temporary failure in name resolution" == asyncio.run(once()).error
