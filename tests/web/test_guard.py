"""What passes and what does not: each rule, and which of them comes first."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from schedrun.web import create_app
from schedrun.web.safe_headers import HEADERS
from tests.virtual import VirtualClock
from tests.web.gated import BEARER, ELSEWHERE, OPERATE, READER, a_scheduler, browser, token_file

pytestmark = pytest.mark.anyio

JOBS, PAUSE = "/api/v1/jobs", "/api/v1/jobs/-/beat/pause"
REASON = {"reason": "holidays"}


@pytest.fixture
async def app(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Any]:
    """Give the guarded application of a started scheduler."""
    scheduler = a_scheduler(clock)
    app = create_app(scheduler, token_file=token_file(tmp_path), public_url="https://jobs.example.com")
    await scheduler.start()
    yield app
    await scheduler.shutdown(wait=False)


async def asked(
    app: Any,
    method: str,
    path: str,
    *,
    peer: tuple[str, int] | None = ("127.0.0.1", 1),
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> httpx.Response:
    """Return the answer; an error is a whole problem document."""
    async with browser(app, peer=peer) as web:
        answer = await web.request(method, path, headers=dict(headers or {}), **more)
    if answer.status_code >= 400:
        assert "application/problem+json" == answer.headers["content-type"]
        problem = answer.json()
        assert {"type", "title", "status", "detail", "code", "remedy"} <= problem.keys()
        assert answer.status_code == problem["status"]
    return answer


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        (("127.0.0.1", 1), {}, 200),
        (("::1", 1), {"Host": "[::1]:8321"}, 200),
        (("::ffff:127.0.0.1", 1), {}, 200),
        (ELSEWHERE, {}, 401),
        (None, {}, 401),
        (("127.0.0.1", 1), {"Host": "192.0.2.7"}, 401),
        (("127.0.0.1", 1), {"Host": "jobs.example.com"}, 401),
        (("127.0.0.1", 1), {"X-Forwarded-For": "127.0.0.1"}, 401),
        (("127.0.0.1", 1), {"X-Forwarded-Proto": "https"}, 401),
        (("127.0.0.1", 1), {"Forwarded": "for=127.0.0.1"}, 401),
        (("127.0.0.1", 1), {"X-Real-IP": "127.0.0.1"}, 401),
        (("127.0.0.1", 1), {"Via": "1.1 proxy"}, 401),
        (ELSEWHERE, READER, 200),
        (ELSEWHERE, READER | {"X-Forwarded-For": "192.0.2.7"}, 200),
    ],
)
async def test_without_a_token_this_machine_reads_and_nobody_else(
    app: Any, peer: tuple[str, int] | None, headers: dict[str, str], expected: int
) -> None:
    """From a loopback peer, for a loopback host, and not passed on by a proxy."""
    assert expected == (await asked(app, "GET", JOBS, peer=peer, headers=headers)).status_code


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_without_a_token_nobody_changes_anything(app: Any, method: str) -> None:
    """Nor tries to: whatever the path is."""
    for path in (PAUSE, "/nothing", "/healthz"):
        assert "token_needed" == (await asked(app, method, path, json=REASON)).json()["code"]


@pytest.mark.parametrize(
    "said", [f"Bearer {OPERATE}x", "Bearer", "Bearer ", f"Basic {OPERATE}", OPERATE, f"Bearer {OPERATE} {OPERATE}"]
)
async def test_a_wrong_token_reads_nothing(app: Any, said: str) -> None:
    """Not even what this machine reads without one; the answer says how to ask."""
    answer = await asked(app, "GET", JOBS, headers={"Authorization": said})
    assert (401, "wrong_token") == (answer.status_code, answer.json()["code"])
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_two_tokens_are_none(app: Any) -> None:
    """Nobody could say which one is meant."""
    async with browser(app) as web:
        twice = [("Authorization", f"Bearer {OPERATE}"), ("Authorization", f"Bearer {OPERATE}")]
        assert 401 == (await web.get(JOBS, headers=twice)).status_code


async def test_a_token_in_a_query_string_is_none(app: Any) -> None:
    """It would be in logs and histories."""
    for query in (f"token={OPERATE}", f"access_token={OPERATE}"):
        answer = await asked(app, "POST", f"{PAUSE}?{query}", json=REASON)
        assert "token_needed" == answer.json()["code"]


async def test_who_may_read_may_not_act(app: Any) -> None:
    """And who may act may: in the name of the token."""
    refused = await asked(app, "POST", PAUSE, headers=READER, json=REASON)
    assert (403, "scope_too_small") == (refused.status_code, refused.json()["code"])
    assert 200 == (await asked(app, "POST", PAUSE, headers=BEARER, json=REASON)).status_code
    overrides = (await asked(app, "GET", "/api/v1/jobs/-/beat")).json()["overrides"]
    assert "ops" in str(overrides)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:8321", 200),
        ("192.0.2.7", 200),
        ("[2001:db8::1]:8321", 200),
        ("jobs.example.com", 200),
        ("jobs.example.com:8443", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("user@localhost", 421),
        ("", 421),
    ],
)
async def test_answers_to_its_own_names(app: Any, host: str, expected: int) -> None:
    """Also with a token: a page of another site could have it sent along."""
    assert expected == (await asked(app, "GET", JOBS, headers=BEARER | {"Host": host})).status_code


async def test_two_hosts_are_none(app: Any) -> None:
    """What is in front may have looked at the other one."""
    async with browser(app) as web:
        twice = [("Host", "localhost"), ("Host", "localhost"), *BEARER.items()]
        assert 421 == (await web.get(JOBS, headers=twice)).status_code


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 200),
        ({"Origin": "http://localhost:8321"}, 200),
        ({"Origin": "https://jobs.example.com"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "http://localhost:9000"}, 403),
        ({"Origin": "https://localhost:8321"}, 403),
        ({"Origin": "http://127.0.0.1:8321"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://jobs.example.com"}, 403),
        ({"Host": "jobs.example.com", "Origin": "https://jobs.example.com"}, 200),
        ({"Host": "jobs.example.com", "Origin": "http://jobs.example.com"}, 403),
        ({"Host": "jobs.example.com:8321", "Origin": "http://jobs.example.com:8321"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost:8321", "Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_pages_of_other_sites_change_nothing(app: Any, headers: dict[str, str], expected: int) -> None:
    """Whatever else they send; they may read nothing either, which browsers see to."""
    answer = await asked(app, "POST", PAUSE, headers=BEARER | headers, json=REASON)
    assert expected == answer.status_code
    assert 200 == (await asked(app, "GET", JOBS, headers=BEARER | headers)).status_code


@pytest.mark.parametrize("origin", ["null", "", "file://", "http://localhost:8321@evil.example", "moz-extension://x"])
async def test_what_is_no_web_origin_is_foreign_without_a_public_url_too(
    clock: VirtualClock, tmp_path: Path, origin: str
) -> None:
    """A sandboxed frame says `null`, and over plain http browsers leave out Sec-Fetch-Site."""
    scheduler = a_scheduler(clock)
    app = create_app(scheduler, token_file=token_file(tmp_path))
    answer = await asked(app, "POST", PAUSE, headers=BEARER | {"Origin": origin}, json=REASON)
    assert 403 == answer.status_code


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/merge-patch+json", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
async def test_bodies_are_json(app: Any, kind: str, expected: int) -> None:
    """What a form of another site can send is none."""
    headers = BEARER | ({"Content-Type": kind} if kind else {})
    answer = await asked(app, "POST", PAUSE, headers=headers, content=b'{"reason": "holidays"}')
    assert expected == answer.status_code


async def test_no_body_needs_no_type(app: Any) -> None:
    """A trigger says all in its path."""
    assert 202 == (await asked(app, "POST", "/api/v1/jobs/-/beat/trigger", headers=BEARER)).status_code


async def parts(size: int) -> AsyncIterator[bytes]:
    """Give a body in parts, whose length nobody says."""
    for _ in range(size // 1024):
        yield b" " * 1024


async def test_bodies_are_counted_while_they_are_read(app: Any) -> None:
    """Of what says its length nothing is read; what says none, or lies, is read up to 64 KiB."""
    headers = BEARER | {"Content-Type": "application/json"}
    small = b'{"reason": "holidays"' + b" " * (64 * 1024 - 22) + b"}"
    assert 64 * 1024 == len(small)
    assert 200 == (await asked(app, "POST", PAUSE, headers=headers, content=small)).status_code
    assert 413 == (await asked(app, "POST", PAUSE, headers=headers, content=small + b" ")).status_code
    assert 413 == (await asked(app, "POST", PAUSE, headers=headers, content=parts(65 * 1024))).status_code
    lies = headers | {"Content-Length": "2"}
    assert 413 == (await asked(app, "POST", PAUSE, headers=lies, content=parts(1024 * 1024))).status_code


async def test_actions_are_few(app: Any, clock: VirtualClock) -> None:
    """A burst of 60 for each token, then two a second; what was refused for another reason counts too, reads do not."""
    async with browser(app) as web:
        for _ in range(60):
            assert 422 == (await web.post(PAUSE, headers=BEARER, json={"what": 1})).status_code
        refused = await web.post(PAUSE, headers=BEARER, json=REASON)
        assert (429, "too_many_actions", "1") == (
            refused.status_code,
            refused.json()["code"],
            refused.headers["retry-after"],
        )
        assert 200 == (await web.get(JOBS, headers=BEARER)).status_code
        await clock.advance(0.5)
        assert 200 == (await web.post(PAUSE, headers=BEARER, json=REASON)).status_code
        assert 429 == (await web.post(PAUSE, headers=BEARER, json=REASON)).status_code


EVERYTHING_WRONG: list[tuple[int, dict[str, str]]] = [
    (421, {"Host": "evil.example"}),
    (401, {"Authorization": "Bearer wrong"}),
    (403, {"Origin": "http://evil.example"}),
    (403, READER),
    (415, {"Content-Type": "text/plain"}),
    (413, {}),
]


async def test_the_first_wrong_thing_is_told(app: Any) -> None:
    """Mended one by one: host, token, origin, scope, type, size, and then what the body says."""
    huge = b"x" * (64 * 1024 + 1)
    for index, (expected, _) in enumerate(EVERYTHING_WRONG):
        headers: dict[str, str] = BEARER | {"Content-Type": "application/json"}
        for _, wrong in reversed(EVERYTHING_WRONG[index:]):
            headers |= wrong
        answer = await asked(app, "POST", PAUSE, headers=headers, content=huge)
        assert expected == answer.status_code


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("GET", JOBS, {}, 200),
        ("GET", "/healthz", {}, 200),
        ("GET", "/openapi.json", {}, 200),
        ("GET", "/nothing", {}, 404),
        ("OPTIONS", JOBS, {}, 405),
        ("POST", JOBS, BEARER, 405),
        ("GET", JOBS, {"Host": "evil.example"}, 421),
        ("GET", JOBS, {"Authorization": "x"}, 401),
        ("POST", "/login", {}, 422),
        ("GET", f"{JOBS}?limit=x", {}, 422),
    ],
)
async def test_every_answer_says_what_a_browser_may_do(
    app: Any, method: str, path: str, headers: dict[str, str], expected: int
) -> None:
    """Errors of the framework and of the guard too; nothing is kept in caches."""
    answer = await asked(app, method, path, headers=headers)
    assert expected == answer.status_code
    assert HEADERS.items() <= {name.title(): value for name, value in answer.headers.items()}.items()
    assert "no-store" == answer.headers["cache-control"]
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_head_is_get_without_a_body(app: Any) -> None:
    """With its length."""
    head, get = await asked(app, "HEAD", JOBS), await asked(app, "GET", JOBS)
    assert (200, b"") == (head.status_code, head.content)
    assert get.headers["content-length"] == head.headers["content-length"]
    async with browser(app, peer=ELSEWHERE) as web:
        assert 401 == (await web.head(JOBS)).status_code


def every_route(routes: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield method and path of each route, with something in place of each parameter."""
    for route in routes:
        if (included := getattr(route, "original_router", None)) is not None:
            yield from every_route(included.routes, prefix + route.include_context.prefix)
            continue
        for method in route.methods - {"HEAD"}:
            yield method, prefix + re.sub(r"\{\w+(:path)?\}", "x", route.path)


async def test_every_path_asks_who_it_is(app: Any) -> None:
    """But for what everybody may see."""
    open_to_all = {"/healthz", "/readyz", "/login", "/logout"}
    async with browser(app, peer=ELSEWHERE) as web:
        asked_for = {(method, path) for method, path in every_route(app.routes) if path not in open_to_all}
        assert len(asked_for) > 12
        asked_for |= {("GET", "/openapi.json"), ("GET", "/nothing"), ("POST", "/nothing"), ("GET", "/docs")}
        assert 200 == (await web.get("/login", headers={"Accept": "text/html"})).status_code
        for method, path in asked_for:
            if not path.startswith("/static"):
                assert 401 == (await web.request(method, path)).status_code, (method, path)


async def test_a_websocket_is_closed(app: Any) -> None:
    """There is none."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b"", "root_path": ""}
    await app(scope, receive, send)
    assert [{"type": "websocket.close", "code": 1008}] == sent


@pytest.mark.parametrize("path", [f"{JOBS}/", "/jobs/", "/readyz/"])
async def test_another_path_redirects_nowhere(app: Any, path: str) -> None:
    """It would lead browsers from https back to http, and beside the path of a proxy."""
    assert 404 == (await asked(app, "GET", path, headers=BEARER)).status_code


@pytest.mark.parametrize("body", [b"{", b'{"reason": "x"} y', b'{"reason": "\xff"}', b"[" * 30_000])
async def test_what_is_no_json_is_told_of_the_whole_body(app: Any, body: bytes) -> None:
    """However it is broken; where its parser stood is of no use to anybody."""
    kind = {"Content-Type": "application/json"}
    answer = await asked(app, "POST", PAUSE, headers=BEARER | kind, content=body)
    assert [{"field": "body", "message": "this is no JSON in UTF-8"}] == answer.json()["errors"]
