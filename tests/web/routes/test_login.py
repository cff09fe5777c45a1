"""Logging in and out: a token for a cookie that never holds it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from schedrun.web import create_app
from tests.virtual import VirtualClock
from tests.web.gated import ELSEWHERE, OPERATE, READ, a_scheduler, browser, token_file

pytestmark = pytest.mark.anyio

TRIGGER = "/api/v1/jobs/-/beat/trigger"
SITE = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8321"}


@pytest.fixture
async def app(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Any]:
    """Give the application of a started scheduler."""
    scheduler = a_scheduler(clock)
    await scheduler.start()
    yield create_app(scheduler, token_file=token_file(tmp_path))
    await scheduler.shutdown(wait=False)


async def test_a_session_does_what_its_token_may(app: Any, tmp_path: Path, clock: VirtualClock) -> None:
    """Until twelve hours have passed, the token is gone, or somebody logs out."""
    async with browser(app, peer=ELSEWHERE) as web:
        assert 401 == (await web.post(TRIGGER)).status_code
        answer = await web.post("/login", json={"token": OPERATE}, headers=SITE)
        assert (204, b"") == (answer.status_code, answer.content)
        said = answer.headers["set-cookie"]
        assert said.startswith("schedrun_8321=")
        assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= set(said.lower().split("; "))
        assert "secure" not in said.lower()
        assert OPERATE not in said
        assert 202 == (await web.post(TRIGGER, headers=SITE)).status_code
        assert 403 == (await web.post(TRIGGER, headers={"Origin": "http://evil.example"})).status_code

        token_file(tmp_path, f"read {READ} guest\n")
        assert 401 == (await web.get("/api/v1/jobs")).status_code
        token_file(tmp_path)
        assert 200 == (await web.get("/api/v1/jobs")).status_code
        clock.step(12 * 3600)
        assert 401 == (await web.get("/api/v1/jobs")).status_code
        clock.step(-12 * 3600)
        assert 204 == (await web.post("/logout", headers=SITE)).status_code
        assert 401 == (await web.get("/api/v1/jobs")).status_code


async def test_a_reader_reads(app: Any) -> None:
    """And may no more."""
    async with browser(app, peer=ELSEWHERE) as web:
        await web.post("/login", json={"token": f" {READ}\n"})
        assert 200 == (await web.get("/api/v1/jobs")).status_code
        assert 403 == (await web.post(TRIGGER)).status_code


async def test_a_session_that_ended_keeps_nobody_out(app: Any) -> None:
    """Its cookie is as good as none: this machine reads, and logs in again."""
    async with browser(app) as web:
        web.cookies.set("schedrun_8321", "forged")
        assert 200 == (await web.get("/api/v1/jobs")).status_code
        assert 401 == (await web.post(TRIGGER)).status_code
        assert 204 == (await web.post("/login", json={"token": OPERATE})).status_code


async def test_a_cookie_of_another_mount_keeps_no_session_out(app: Any) -> None:
    """A browser sends the cookies of every path that the page lies below, those of the nearest first."""
    async with browser(app, peer=ELSEWHERE) as web:
        session = (await web.post("/login", json={"token": OPERATE})).headers["set-cookie"].partition(";")[0]
        web.cookies.clear()
        for cookies in (f"{session}; schedrun_8321=other", f"schedrun_8321=other; {session}"):
            assert 202 == (await web.post(TRIGGER, headers={"Cookie": cookies})).status_code


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"token": "x" * 43}, {}, 401),
        ({"token": ""}, {}, 422),
        ({"token": "x" * 513}, {}, 422),
        ({"token": 5}, {}, 422),
        ({}, {}, 422),
        ({"token": OPERATE, "more": 1}, {}, 422),
        ({"token": OPERATE}, {"Origin": "http://evil.example"}, 403),
        ({"token": OPERATE}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ({"token": OPERATE}, {"Host": "evil.example"}, 421),
        ({"token": OPERATE}, {"Content-Type": "text/plain"}, 415),
    ],
)
async def test_nobody_else_logs_in(app: Any, body: Any, headers: dict[str, str], expected: int) -> None:
    """No session is given, and what was sent is not repeated."""
    async with browser(app) as web:
        answer = await web.post("/login", json=body, headers=headers)
    assert expected == answer.status_code
    assert "set-cookie" not in answer.headers
    assert OPERATE not in answer.text


async def test_logins_are_few(app: Any) -> None:
    """Whoever tries tokens has to wait, and keeps nobody else from logging in."""
    async with browser(app, peer=ELSEWHERE) as web:
        for _ in range(60):
            assert 401 == (await web.post("/login", json={"token": "x" * 43})).status_code
        assert 429 == (await web.post("/login", json={"token": "x" * 43})).status_code
    async with browser(app, peer=("192.0.2.8", 1)) as other:
        assert 204 == (await other.post("/login", json={"token": OPERATE})).status_code


@pytest.mark.parametrize(
    ("public", "base", "secure"),
    [
        ("https://jobs.example.com", "http://jobs.example.com", True),
        ("http://jobs.example.com", "http://jobs.example.com", False),
        (None, "https://localhost", True),
    ],
)
async def test_where_browsers_speak_https_so_do_cookies(
    tmp_path: Path, clock: VirtualClock, public: str | None, base: str, secure: bool
) -> None:
    """Whatever the proxy in front speaks to us."""
    app = create_app(a_scheduler(clock), token_file=token_file(tmp_path), public_url=public)
    async with browser(app, base=base) as web:
        answer = await web.post("/login", json={"token": OPERATE})
    assert secure == ("secure" in answer.headers["set-cookie"].lower().split("; "))


async def test_a_mounted_one_keeps_its_cookie_to_itself(tmp_path: Path, clock: VirtualClock) -> None:
    """The application around it does not see it."""
    around = FastAPI()
    around.mount("/ops/schedrun", create_app(a_scheduler(clock), token_file=token_file(tmp_path)))
    async with browser(around) as web:
        answer = await web.post("/ops/schedrun/login", json={"token": OPERATE})
    assert "Path=/ops/schedrun" in answer.headers["set-cookie"].split("; ")
