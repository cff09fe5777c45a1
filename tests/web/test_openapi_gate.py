"""What the OpenAPI document tells of probes and logins, held against what they answer."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from schedrun.web import create_app
from schedrun.web.documents import HealthDocument
from tests.virtual import VirtualClock
from tests.web.gated import ELSEWHERE, OPERATE, a_scheduler, browser, token_file

pytestmark = pytest.mark.anyio

PROBLEM = "application/problem+json"


@pytest.fixture
async def web(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[httpx.AsyncClient]:
    """Open a browser on this machine, of a scheduler that is not started."""
    async with browser(create_app(a_scheduler(clock), token_file=token_file(tmp_path))) as opened:
        yield opened


async def paths_of(web: httpx.AsyncClient) -> Any:
    return (await web.get("/openapi.json")).json()["paths"]


async def test_tells_of_probes_and_logins(web: httpx.AsyncClient) -> None:
    """That nobody needs a token for them, and nothing of pages."""
    paths = {path: set(told) for path, told in (await paths_of(web)).items() if not path.startswith("/api/v1/")}
    assert {"/healthz": {"get"}, "/readyz": {"get"}, "/login": {"post"}, "/logout": {"post"}} == paths
    told = [each for path in paths for each in (await paths_of(web))[path].values()]
    assert all(each["summary"] and each["tags"] == ["process"] and "security" not in each for each in told)


@pytest.mark.parametrize(
    ("path", "status", "reasons"), [("/healthz", 200, []), ("/readyz", 503, ["the scheduler is not started"])]
)
async def test_probes_answer_as_told(web: httpx.AsyncClient, path: str, status: int, reasons: list[str]) -> None:
    """Well or not."""
    answer = await web.get(path)
    told = (await paths_of(web))[path]["get"]["responses"]
    assert {"200", "503"} == told.keys()
    assert status == answer.status_code
    schema = told[str(status)]["content"][answer.headers["content-type"]]["schema"]
    assert schema == {"$ref": "#/components/schemas/HealthDocument"}
    assert reasons == HealthDocument.model_validate(answer.json()).reasons


@pytest.mark.parametrize("path", ["/login", "/logout"])
@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        pytest.param(401, {"token": "x" * 43}, {"Authorization": "Bearer x"}, id="wrong token"),
        pytest.param(403, {"token": OPERATE}, {"Origin": "http://evil.example"}, id="another site"),
        pytest.param(413, {"token": "x" * 70_000}, {}, id="too large"),
        pytest.param(415, {"token": OPERATE}, {"Content-Type": "text/plain"}, id="no JSON"),
        pytest.param(421, {"token": OPERATE}, {"Host": "evil.example"}, id="another host"),
        pytest.param(204, {"token": OPERATE}, {}, id="done"),
    ],
)
async def test_logins_answer_as_told(
    web: httpx.AsyncClient, path: str, status: int, body: object, headers: Mapping[str, str]
) -> None:
    """Done or refused, by whoever refuses."""
    told = (await paths_of(web))[path]["post"]["responses"]
    answer = await web.post(path, json=body, headers=headers)
    assert status == answer.status_code, answer.text
    expected = set() if status == 204 else {PROBLEM}
    assert expected == told[str(status)].get("content", {}).keys()
    assert expected == {answer.headers[name] for name in ("content-type",) if name in answer.headers}


async def test_a_login_tells_its_body(web: httpx.AsyncClient) -> None:
    """A token, and that anything else is a problem document too."""
    told = (await paths_of(web))["/login"]["post"]
    assert {"$ref": "#/components/schemas/LoginBody"} == told["requestBody"]["content"]["application/json"]["schema"]
    answer = await web.post("/login", json={"password": "x"})
    assert (422, PROBLEM) == (answer.status_code, answer.headers["content-type"])
    assert {PROBLEM} == told["responses"]["422"]["content"].keys()


async def test_without_a_gate_there_is_nobody_to_log_in(tmp_path: Path, clock: VirtualClock) -> None:
    """Who is told by the application around has no login, and the document tells that answer."""
    app = create_app(a_scheduler(clock), authorize=lambda _request: "read")
    async with browser(app, peer=ELSEWHERE) as opened:
        answer = await opened.post("/login", json={"token": OPERATE})
        assert (404, "no_login") == (answer.status_code, answer.json()["code"])
        assert {PROBLEM} == (await paths_of(opened))["/login"]["post"]["responses"]["404"]["content"].keys()
