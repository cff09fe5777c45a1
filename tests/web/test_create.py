"""The application of an embedded scheduler: mounted anywhere, before the start and after the end, and by whom."""

import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request

import schedrun.web
from schedrun import TaskScheduler, create_scheduler_lifespan
from schedrun.web import create_app
from schedrun.web.tokens import TokenFileError
from tests.virtual import VirtualClock
from tests.web.gated import BEARER, ELSEWHERE, a_scheduler, browser, token_file

pytestmark = pytest.mark.anyio

JOBS, TRIGGER = "/api/v1/jobs", "/api/v1/jobs/-/beat/trigger"


@pytest.fixture
async def scheduler(clock: VirtualClock) -> AsyncIterator[TaskScheduler]:
    """Give a scheduler in memory that is not started."""
    scheduler = a_scheduler(clock)
    yield scheduler
    await scheduler.shutdown(wait=False)


@pytest.mark.parametrize("mount", ["", "/schedrun", "/a/b"])
async def test_lives_with_its_host(scheduler: TaskScheduler, tmp_path: Path, mount: str) -> None:
    """Before the start and after the end it answers 503; in between it acts at once, wherever it is mounted."""
    app = FastAPI(lifespan=create_scheduler_lifespan(scheduler))
    app.mount(mount or "/", create_app(scheduler, token_file=token_file(tmp_path)))
    async with browser(app) as web:
        for path in (JOBS, "/readyz"):
            assert 503 == (await web.get(f"{mount}{path}")).status_code
        assert "not_started" in (await web.get(f"{mount}{JOBS}")).text
        assert {"ok": True} == (await web.get(f"{mount}/healthz")).json()
        async with app.router.lifespan_context(app):
            assert {"ok": True} == (await web.get(f"{mount}/readyz")).json()
            (row,) = (await web.get(f"{mount}{JOBS}")).json()["jobs"]
            assert ("beat", "code") == (row["job"], row["origin"])
            answer = await web.post(f"{mount}{TRIGGER}", headers=BEARER)
            assert 202 == answer.status_code
            status = (await web.get(f"{mount}/api/v1/status")).json()
            assert "active" == status["process"]["role"]
            assert "no_manifests" == (await web.get(f"{mount}/api/v1/plan")).json()["code"]
        assert 503 == (await web.post(f"{mount}{TRIGGER}", headers=BEARER)).status_code


async def test_the_same_key_gives_the_same_run(scheduler: TaskScheduler, tmp_path: Path) -> None:
    """Also in memory; another key another one, and a refusal is no answer that is kept."""
    app = create_app(scheduler, token_file=token_file(tmp_path))
    await scheduler.start()
    async with browser(app) as web:
        said = [await web.post(TRIGGER, headers={**BEARER, "Idempotency-Key": key}) for key in ("a", "a", "b")]
    first, second, third = (answer.json()["run"]["id"] for answer in said)
    assert first == second != third


async def test_without_tokens_nobody_acts(scheduler: TaskScheduler) -> None:
    """A ledger in memory has no file beside it."""
    app = create_app(scheduler)
    await scheduler.start()
    async with browser(app) as web:
        assert 200 == (await web.get(JOBS)).status_code
        assert 401 == (await web.post(TRIGGER)).status_code
        assert 401 == (await web.post("/login", json={"token": "x" * 40})).status_code


async def test_makes_a_token_beside_its_state(tmp_path: Path, clock: VirtualClock) -> None:
    """Once it is started, and once: a file that somebody deletes takes its tokens along."""
    scheduler = a_scheduler(clock, tmp_path / "state" / "state.db")
    app = create_app(scheduler)
    file = tmp_path / "state" / "state.db.token"
    async with browser(app) as web:
        assert 401 == (await web.post(TRIGGER)).status_code
        assert not file.exists()
        await scheduler.start()
        assert 401 == (await web.post(TRIGGER)).status_code
        assert 0o600 == stat.S_IMODE(file.stat().st_mode)
        bearer = {"Authorization": f"Bearer {file.read_text(encoding='utf-8').split()[1]}"}
        assert 202 == (await web.post(TRIGGER, headers=bearer)).status_code
        file.unlink()
        assert 401 == (await web.post(TRIGGER, headers=bearer)).status_code
        assert not file.exists()
    await scheduler.shutdown(wait=False)


def says(scope: Any) -> Callable[[Request], Any]:
    """Return an `authorize` that says the same of everybody."""
    return lambda _request: scope


@pytest.mark.parametrize(
    ("said", "read", "act"), [(None, 401, 401), ("read", 200, 403), ("operate", 200, 202), ("admin", 500, 500)]
)
@pytest.mark.parametrize("wait", [False, True], ids=["at once", "awaited"])
async def test_the_application_says_who_may(
    scheduler: TaskScheduler, said: str | None, read: int, act: int, wait: bool
) -> None:
    """Instead of tokens, wherever the request comes from; nobody logs in here then."""

    async def later(_request: Request) -> str | None:
        return said

    app = create_app(scheduler, authorize=later if wait else says(said))
    await scheduler.start()
    async with browser(app, peer=ELSEWHERE) as web:
        assert read == (await web.get(JOBS)).status_code
        assert act == (await web.post(TRIGGER)).status_code
        assert act in {500, (await web.post(TRIGGER, headers=BEARER)).status_code}
        if said == "operate":
            assert 403 == (await web.post(TRIGGER, headers={"Origin": "http://evil.example"})).status_code
            login = await web.post("/login", json={"token": "x" * 40})
            assert (404, "no_login") == (login.status_code, login.json()["code"])


async def test_the_application_refuses_in_its_own_way(scheduler: TaskScheduler) -> None:
    """An HTTPException of it is the answer, as a problem."""

    def authorize(_request: Request) -> str:
        raise HTTPException(418, "not for you")

    async with browser(create_app(scheduler, authorize=authorize)) as web:
        answer = await web.get(JOBS)
    assert (418, "not for you") == (answer.status_code, answer.json()["detail"])


@pytest.mark.parametrize("said", ["admin", "", True, {}])
async def test_an_application_that_is_at_fault_fails_no_probe(
    scheduler: TaskScheduler, caplog: pytest.LogCaptureFixture, said: object
) -> None:
    """Whoever restarts what does not answer would end the jobs; the log says what it should have returned."""
    await scheduler.start()
    async with browser(create_app(scheduler, authorize=says(said))) as web:
        assert 500 == (await web.get(JOBS)).status_code
        assert f"authorize returns None, 'read' or 'operate', not {said!r}" in caplog.text
        for probe in ("/healthz", "/readyz"):
            answer = await web.get(probe)
            assert (200, {"ok": True}) == (answer.status_code, answer.json())


async def test_who_acts_is_the_user_of_the_application(scheduler: TaskScheduler) -> None:
    """As its authentication names them; what they do is counted for them."""

    class User:
        is_authenticated, display_name = True, "ada"

    inner = create_app(scheduler, authorize=says("operate"))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await inner({**scope, "user": User()}, receive, send)

    await scheduler.start()
    async with browser(app) as web:
        answer = await web.post("/api/v1/jobs/-/beat/pause", json={"reason": "holidays"})
        assert 200 == answer.status_code
        assert "'ada'" in str((await web.get("/api/v1/jobs/-/beat")).json()["overrides"])


def test_refuses_what_makes_no_sense(tmp_path: Path, clock: VirtualClock) -> None:
    """When the application is made, not when the first request comes."""
    scheduler = a_scheduler(clock)
    with pytest.raises(ValueError, match="either token_file or authorize"):
        create_app(scheduler, token_file=token_file(tmp_path), authorize=says("read"))
    with pytest.raises(ValueError, match="public_url is a URL"):
        create_app(scheduler, public_url="jobs.example.com")
    with pytest.raises(ValueError, match="public_url has its host in ASCII"):
        create_app(scheduler, public_url="https://jöbs.example")
    with pytest.raises(TokenFileError, match="no such file"):
        create_app(scheduler, token_file=tmp_path / "nothing")
    with pytest.raises(TokenFileError, match="tokens:1: a part is missing"):
        create_app(scheduler, token_file=token_file(tmp_path, "operate\n"))
    with pytest.raises(AttributeError, match="no attribute 'create_apps'"):
        schedrun.web.create_apps  # noqa: B018  asking is the test
