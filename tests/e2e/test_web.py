"""`schedrun run` serves: over real sockets, with its token file, and beside others that want its address."""

import http.client
import json
import socket
import stat
from collections.abc import Mapping
from contextlib import closing
from typing import Any, NamedTuple

import pytest

from tests.e2e.service import SELDOM, Project, Service, alive, eventually, witnessed
from tests.free_port import free_port

pytestmark = pytest.mark.real_time

ANY_PORT: dict[str, Any] = {"SCHEDRUN_NO_WEB": "", "SCHEDRUN_LISTEN": "127.0.0.1:0"}
JOBS = "/api/v1/jobs"


def kept_port() -> dict[str, Any]:
    """Return settings by which one service after another listens at the same address."""
    return {"SCHEDRUN_NO_WEB": "", "SCHEDRUN_LISTEN": f"127.0.0.1:{free_port()}"}


class Said(NamedTuple):
    """An answer: its status, its headers in lower case, and its document."""

    status: int
    headers: Mapping[str, str]
    document: Any


class Web:
    """Asks a service over its socket."""

    def __init__(self, service: Service) -> None:
        self.serving = service.wait_for("serving")
        host, _, port = self.serving["address"].rpartition(":")
        self.address = (host, int(port))

    def ask(self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Said:
        """Return the answer; names of headers have underscores here."""
        with closing(http.client.HTTPConnection(*self.address, timeout=30)) as connection:
            connection.request(method, path, body, {name.replace("_", "-"): said for name, said in headers.items()})
            answer = connection.getresponse()
            text = answer.read()
            names = {name.lower(): said for name, said in answer.getheaders()}
            return Said(answer.status, names, json.loads(text) if text else None)

    def says(self, raw: bytes) -> int:
        """Return the status of the answer to bytes that no client would send."""
        with socket.create_connection(self.address, timeout=30) as connection:
            connection.sendall(raw)
            return int(connection.makefile("rb").readline().split()[1])


def token_of(project: Project) -> str:
    """Return the token that the first start made."""
    text = project.state.with_name("state.db.token").read_text(encoding="utf-8")
    scope, token, _name = text.split()
    assert "operate" == scope
    return token


def test_serves_what_runs(project: Project) -> None:
    """Anybody here reads; who has the token acts, by Bearer or after a login; a restart keeps token and session."""
    project.write(witnessed("a", SELDOM))
    kept = kept_port()
    service = project.start(**kept)
    web = Web(service)
    assert 0o600 == stat.S_IMODE(project.state.with_name("state.db.token").stat().st_mode)
    token = token_of(project)
    assert ["s/a"] == [job["job"] for job in web.ask(JOBS).document["jobs"]]
    assert {"ok": True} == web.ask("/readyz").document
    assert 401 == web.ask(f"{JOBS}/s/a/trigger", method="POST").status
    started = web.ask(f"{JOBS}/s/a/trigger", method="POST", Authorization=f"Bearer {token}")
    assert 202 == started.status
    service.wait_for("run_ended", job="s/a")
    assert 1 == len(project.lines())

    body = json.dumps({"token": token}).encode()
    session = web.ask("/login", method="POST", body=body, Content_Type="application/json")
    cookie = session.headers["set-cookie"].partition(";")[0]
    assert 204 == session.status
    assert 202 == web.ask(f"{JOBS}/s/a/trigger", method="POST", Cookie=cookie).status
    assert 0 == service.stop()
    assert token not in "\n".join(service.lines)

    again = project.start(**kept)
    assert 202 == Web(again).ask(f"{JOBS}/s/a/trigger", method="POST", Cookie=cookie).status
    assert token == token_of(project)
    assert 0 == again.stop()


def test_keeps_strangers_out(project: Project) -> None:
    """On a real socket: names, proxies, wrong tokens, huge and foreign bodies, and what is no HTTP."""
    project.write(witnessed("a", SELDOM))
    web = Web(project.start(**ANY_PORT))
    bearer: dict[str, Any] = {"Authorization": f"Bearer {token_of(project)}"}
    assert 421 == web.ask(JOBS, Host="evil.example").status
    assert 401 == web.ask(JOBS, Host="192.0.2.7").status
    assert 401 == web.ask(JOBS, X_Forwarded_For="127.0.0.1").status
    assert 401 == web.ask(JOBS, Authorization="Bearer nothing").status
    assert 403 == web.ask(f"{JOBS}/s/a/trigger", method="POST", Origin="http://evil.example", **bearer).status
    assert 415 == web.ask(f"{JOBS}/s/a/pause", method="POST", body=b"{}", **bearer).status
    huge = web.ask(f"{JOBS}/s/a/pause", method="POST", body=b" " * 70_000, Content_Type="application/json", **bearer)
    assert 413 == huge.status
    pause = f"POST {JOBS}/s/a/pause HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    chunked = f"{pause}Authorization: {bearer['Authorization']}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    assert 413 == web.says(chunked + b"8000\r\n" + b" " * 0x8000 + b"\r\n8001\r\n" + b" " * 0x8001 + b"\r\n")
    assert 421 == web.says(f"GET {JOBS} HTTP/1.0\r\n\r\n".encode())
    assert 400 == web.says(b"\x16\x03\x01 no http\r\n\r\n")
    for answer in (web.ask("/nothing"), web.ask(JOBS, Host="evil.example"), web.ask(JOBS)):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "server" not in answer.headers


def test_a_taken_address_that_was_asked_for_ends_it(project: Project) -> None:
    """Before anything fires: nothing was written yet."""
    project.write(witnessed("a", "{every: 1s}"))
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        answer = project.call("run", SCHEDRUN_NO_WEB="", SCHEDRUN_LISTEN=f"127.0.0.1:{other.getsockname()[1]}")
    assert 1 == answer.code
    assert "another process listens there" in answer.stderr
    assert 1 == len(answer.stderr.splitlines())
    assert not project.state.parent.exists()


def test_without_the_default_address_it_runs_all_the_same(project: Project) -> None:
    """A warning, and no web."""
    project.write(witnessed("a", "{every: 1s}"))
    with closing(_default_address_taken()):
        service = project.start(SCHEDRUN_NO_WEB="")
        warning = service.wait_for("web_not_served", level="warning")
        assert "127.0.0.1:8321" in warning["error"]
        eventually(project.lines, what="a run")
        assert 0 == service.stop()
    assert [] == service.events("serving")
    assert not project.state.with_name("state.db.token").exists()


def _default_address_taken() -> socket.socket:
    """Return a socket that has the default address, unless somebody else has it already."""
    try:
        return socket.create_server(("127.0.0.1", 8321))
    except OSError:
        return socket.socket()


def test_a_second_run_changes_nothing(project: Project) -> None:
    """It is told who is active; token and address stay those of the first."""
    project.write(witnessed("a", SELDOM))
    web = Web(project.start(**ANY_PORT))
    token = token_of(project)
    second = project.call("run", **ANY_PORT)
    assert 1 == second.code
    assert f"pid {project.services[0].pid}" in second.stderr
    assert token == token_of(project)
    assert 200 == web.ask("/readyz").status


@pytest.mark.parametrize(
    ("text", "mode", "fault"),
    [
        ("operate tooshort ops\n", 0o600, "state.db.token:1: the token has 8 characters"),
        (f"operate {'x' * 40} ops\n", 0o644, "others than its owner may read or write it"),
    ],
    ids=["a bad line", "open to others"],
)
def test_a_bad_token_file_ends_it(project: Project, text: str, mode: int, fault: str) -> None:
    """Before anything fires, with what to do."""
    project.write(witnessed("a", "{every: 1s}"))
    project.state.parent.mkdir(mode=0o700)
    path = project.state.with_name("state.db.token")
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    answer = project.call("run", **ANY_PORT)
    assert 1 == answer.code
    assert fault in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not project.state.exists()


def test_a_link_that_leads_nowhere_ends_it(project: Project) -> None:
    """Before anything fires: no token file is made through it."""
    project.write(witnessed("a", "{every: 1s}"))
    project.state.parent.mkdir(mode=0o700)
    project.state.with_name("state.db.token").symlink_to("nowhere")
    answer = project.call("run", **ANY_PORT)
    assert 1 == answer.code
    assert "take the link away" in answer.stderr
    assert not project.state.exists()


def test_an_open_connection_keeps_it_from_ending_for_two_seconds_at_most(project: Project) -> None:
    """One that says nothing any more, and one in the middle of a body; uvicorn alone would wait for ever."""
    project.write(witnessed("a", SELDOM))
    service = project.start(**ANY_PORT)
    web = Web(service)
    head = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    with socket.create_connection(web.address) as silent, socket.create_connection(web.address) as halfway:
        halfway.sendall(head.encode())
        assert 200 == web.ask("/readyz").status
        assert 0 == service.stop()
        assert not alive(service.pid)
        assert b"" == silent.recv(1)


def test_an_open_stream_ends_with_the_service(project: Project) -> None:
    """In order, so that a browser connects again; uvicorn alone would wait for it for ever."""
    project.write(witnessed("a", SELDOM))
    service = project.start(**ANY_PORT)
    web = Web(service)
    with socket.create_connection(web.address, timeout=30) as stream:
        stream.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        told = stream.makefile("rb")
        assert b"200" in told.readline()
        while b"event: reset" not in told.readline():
            pass
        assert 0 == service.stop()
        assert told.read().endswith(b"0\r\n\r\n")


def test_a_broken_file_makes_it_unready(project: Project) -> None:
    """Until it is mended; what is wrong is told to who may read, and nobody else."""
    project.write(witnessed("a", SELDOM))
    web = Web(project.start(**ANY_PORT))
    assert 200 == web.ask("/readyz").status
    project.write_raw("schedrun: v1\nname: [\n", name="bad.yaml")
    eventually(lambda: web.ask("/readyz").status == 503, what="not ready")
    unready = web.ask("/readyz")
    assert unready.document["ok"] is False
    assert "bad.yaml" in str(unready.document["reasons"])
    strangers: list[dict[str, Any]] = [{"Host": "evil.example"}, {"X_Forwarded_For": "192.0.2.7"}]
    for strange in strangers:
        assert Said(503, {}, {"ok": False}) == web.ask("/readyz", **strange)._replace(headers={})
    assert {"ok": True} == web.ask("/healthz").document
    (project.root / "manifests" / "bad.yaml").unlink()
    eventually(lambda: web.ask("/readyz").status == 200, what="ready again")


def test_below_a_path_of_a_proxy(project: Project) -> None:
    """Which takes the path away or leaves it; the public name is known, and its cookies are for https alone."""
    project.write(witnessed("a", SELDOM))
    service = project.start(**ANY_PORT, SCHEDRUN_PUBLIC_URL="https://jobs.example.com/ops/")
    web = Web(service)
    assert "https://jobs.example.com/ops" == web.serving["url"]
    bearer: dict[str, Any] = {"Authorization": f"Bearer {token_of(project)}", "Host": "jobs.example.com"}
    for path in (JOBS, f"/ops{JOBS}"):
        assert 200 == web.ask(path, **bearer).status
        assert 401 == web.ask(path, Host="jobs.example.com").status
    body = json.dumps({"token": token_of(project)}).encode()
    said = web.ask(
        "/login", method="POST", body=body, Content_Type="application/json", Host="jobs.example.com",
        Origin="https://jobs.example.com",
    )  # fmt: skip
    assert 204 == said.status
    assert {"Secure", "Path=/ops"} <= set(said.headers["set-cookie"].split("; "))
