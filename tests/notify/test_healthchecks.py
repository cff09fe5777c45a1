"""Pings on a real server: where each goes, and what it takes along."""

import asyncio
from collections.abc import Iterator

import pytest

from schedrun.core.errors import NotDeliveredError
from schedrun.core.run import ping
from schedrun.core.run.ping import Ping, Signal
from schedrun.core.spec.notify import Monitor
from schedrun.notify import healthchecks
from schedrun.notify.registry import Registry
from schedrun.secret import SecretSource
from tests.targets.server import Server, web_server

RID = ping.rid_of("r1")


@pytest.fixture
def server() -> Iterator[Server]:
    with web_server() as server:
        yield server


def send(url: str, said: Ping) -> None:
    async def once() -> None:
        registry = Registry(secrets=SecretSource(environ={"HC": url}))
        try:
            await registry.ping(Monitor.model_validate({"url": {"from_env": "HC"}}), said)
        finally:
            await registry.close()

    asyncio.run(once())


@pytest.mark.parametrize(
    ("url", "said", "expected"),
    [
        ("https://hc.example/uuid", Ping(Signal.START, RID), f"https://hc.example/uuid/start?rid={RID}"),
        ("https://hc.example/uuid/", Ping(Signal.SUCCESS, RID), f"https://hc.example/uuid?rid={RID}"),
        ("https://hc.example/uuid", Ping(Signal.FAILURE, RID), f"https://hc.example/uuid/fail?rid={RID}"),
        ("https://hc.example/uuid", Ping(Signal.FAILURE, RID, 3), f"https://hc.example/uuid/3?rid={RID}"),
        (
            "https://hc.example/key/slug?create=1#x",
            Ping(Signal.LOG, RID),
            f"https://hc.example/key/slug/log?create=1&rid={RID}",
        ),
    ],
)
def test_addresses(url: str, said: Ping, expected: str) -> None:
    """The path says what happened, the query which run it was."""
    assert expected == healthchecks.address(url, said)


def test_a_ping_is_posted_with_its_body(server: Server) -> None:
    """The text of a failure arrives as it is."""
    send(f"{server.url}/echo", Ping(Signal.FAILURE, RID, 3, "exit code 3\n\nnaïve\udcff"))
    (received,) = server.received
    assert ("POST", f"/echo/3?rid={RID}") == (received.method, received.path)
    assert "exit code 3\n\nnaïve?" == received.body.decode()


def test_a_ping_that_is_refused(server: Server) -> None:
    """Is said to be, without the address of the check."""
    with pytest.raises(NotDeliveredError, match="answered 404") as caught:
        send(f"{server.url}/status", Ping(Signal.FAILURE, RID, 404))
    assert server.url not in str(caught.value)
