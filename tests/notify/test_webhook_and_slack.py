"""Posting to a real server on loopback: what arrives, and what counts as not delivered."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from schedrun.core.errors import NotDeliveredError
from schedrun.core.run.message import Message
from schedrun.core.spec.job import Job
from schedrun.core.spec.notify import Channel
from schedrun.notify import post
from schedrun.notify.registry import Registry
from schedrun.secret import SecretSource
from tests.hanging_names import done_while_names_hang
from tests.notify.messages import FAILURE, HOSTILE, MISSED
from tests.notify.smtp_server import mail_server
from tests.targets.server import Server, web_server

ENVIRON = {"HOOK_URL": "http://127.0.0.1:1/hunter2", "NO_URL": "hunter2"}


@pytest.fixture
def server() -> Iterator[Server]:
    with web_server() as server:
        yield server


def a_channel(**said: Any) -> Channel:
    spec = {"schedule": {"every": "1h"}, "target": {"command": ["true"]}, "on_failure": [said]}
    return Job.model_validate(spec).on_failure[0]


def send(channel: Channel, message: Message = FAILURE, *, environ: dict[str, str] = ENVIRON) -> None:
    async def once() -> None:
        registry = Registry(secrets=SecretSource(environ=environ))
        try:
            await registry.send(channel, message)
        finally:
            await registry.close()

    asyncio.run(once())


@pytest.mark.parametrize("kind", ["webhook", "slack"])
def test_it_is_posted_as_json_with_the_id_in_a_header(server: Server, kind: str) -> None:
    """Once, with what identifies the notice; the secret that an address is stays where it belongs."""
    send(a_channel(**{kind: {"from_env": "HOOK"}}), environ={"HOOK": f"{server.url}/status/200?token=x"})
    (received,) = server.received
    assert ("POST", "/status/200?token=x") == (received.method, received.path)
    assert "application/json" == received.headers["content-type"]
    assert FAILURE.notice.id == received.headers["schedrun-notice-id"]
    assert "billing/close-day failed" in json.loads(received.body)["text"]


@pytest.mark.parametrize("kind", ["webhook", "slack"])
def test_any_text_can_be_posted(server: Server, kind: str) -> None:
    """Also one that is no Unicode."""
    send(a_channel(**{kind: f"{server.url}/status/204"}), HOSTILE)
    assert json.loads(server.received[0].body)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/status/500", "the server answered 500"),
        ("/status/404", "the server answered 404"),
        ("/moved", r"the server answered 302 \(redirects are not followed\)"),
        ("/hangup", "the request cannot be sent"),
    ],
)
def test_other_answers_are_failures(server: Server, path: str, reason: str) -> None:
    """And the message says nothing of the address; a redirect leads nowhere."""
    with pytest.raises(NotDeliveredError, match=reason) as caught:
        send(a_channel(webhook=f"{server.url}{path}?token=hunter2"))
    assert 1 == len(server.received)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__cause__ is None


def test_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is not waited for longer than that."""
    monkeypatch.setattr(post, "TIMEOUT", 0.5)
    with mail_server(silent=threading.Event()) as server, pytest.raises(NotDeliveredError, match="no answer within"):
        send(a_channel(webhook=f"http://127.0.0.1:{server.port}/"))


def test_a_name_that_nobody_looks_up_takes_no_thread_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs, edits and the end of the service need those that the event loop has."""

    async def once() -> None:
        poster = post.Poster()
        posting = poster.post("http://hangs.example/", content=b"", headers={})
        try:
            with pytest.raises(NotDeliveredError, match="cannot connect"):
                await done_while_names_hang(posting, monkeypatch=monkeypatch)
        finally:
            await poster.close()

    asyncio.run(once())


def test_behind_a_proxy_no_name_is_looked_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be no resolver that knows it."""
    monkeypatch.setenv("http_proxy", server.url)
    looked_up: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_arguments, **_named: looked_up.append(host))
    with pytest.raises(NotDeliveredError):  # the server is no proxy
        send(a_channel(webhook="http://hooks.example/"))
    assert [] == looked_up


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ({"from_env": "HOOK_URL"}, "connection refused"),
        ({"from_env": "NO_URL"}, "cannot be sent"),
        ({"from_env": "MISSING"}, "from_env MISSING is not set"),
        ({"from_file": "/etc/passwd"}, "leads outside"),
        ("http://localhost.invalid/hunter2", "cannot connect"),
    ],
)
def test_an_address_that_leads_nowhere(address: Any, reason: str) -> None:
    """The secret behind a reference stays hidden."""
    with pytest.raises(NotDeliveredError, match=reason) as caught:
        send(a_channel(webhook=address))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("message", "link"),
    [
        (FAILURE, "https://jobs.example/schedrun/runs/0123456789abcdef0123"),
        (MISSED, "https://jobs.example/schedrun/jobs/billing/close-day"),
    ],
)
def test_a_notice_leads_to_the_pages(server: Server, message: Message, link: str) -> None:
    """To the run, else to the job, where people can reach the service."""

    async def once() -> None:
        registry = Registry(secrets=SecretSource(environ={}), pages="https://jobs.example/schedrun")
        await registry.send(a_channel(webhook=f"{server.url}/echo"), message)
        await registry.close()

    asyncio.run(once())
    assert link == json.loads(server.received[0].body)["link"]
