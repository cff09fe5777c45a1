"""HTTP requests to a real server on loopback."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.target import FromEnv, HttpRequest, HttpTarget
from schedrun.secret import SecretSource
from schedrun.stores import logs
from schedrun.targets.cap import OUTPUT_CAP
from schedrun.targets.http import HttpRequests
from schedrun.targets.live_file import Logs
from tests.hanging_names import DEADLINE, done_while_names_hang
from tests.targets.contexts import RUN_ID, run_context, until
from tests.targets.server import Server, web_server

ENVIRON = {
    "TOKEN": "s3cret",
    "TWO_LINES": "s3cret\nline",
    "NO_URL": "s3cret://host",
    "NO_SCHEME": "host/path",
    "NO_PORT": "http://host:port/",
}

NO_ADDRESS = "the url is no http or https address"
CLOSED_EARLY = "the server closed the connection early, or does not speak HTTP"


def of_httpx(*names: str) -> tuple[str, ...]:
    """Return the names of an exception of httpx, those of its common bases included."""
    return (*(f"httpx.{name}" for name in (*names, "RequestError", "HTTPError")), "Exception", "BaseException")


CONNECT_ERROR = of_httpx("ConnectError", "NetworkError", "TransportError")
UNSUPPORTED = of_httpx("UnsupportedProtocol", "TransportError")
INVALID_URL = ("httpx.InvalidURL", "Exception", "BaseException")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Return a server that answers as the path says."""
    with web_server() as started:
        yield started


def send(
    *requests: dict[str, Any],
    timeout: float | None = None,
    default_timeout: float = 30.0,
    traceparent: str | None = None,
) -> list[Outcome]:
    """Send the requests one after another with one target."""

    async def work() -> list[Outcome]:
        target = HttpRequests(secrets=SecretSource(environ=ENVIRON), default_timeout=default_timeout)
        try:
            context = run_context(timeout=timeout)._replace(traceparent=traceparent)
            return [await target.run(HttpTarget(http=HttpRequest.model_validate(one)), context) for one in requests]
        finally:
            await target.close()

    return asyncio.run(work())


class TestAnswers:
    @pytest.mark.parametrize(
        ("status", "error"),
        [
            (200, None),
            (201, None),
            (299, None),
            (302, "HTTP status 302 Found (redirects are not followed)"),
            (304, "HTTP status 304 Not Modified (redirects are not followed)"),
            (404, "HTTP status 404 Not Found"),
            (503, "HTTP status 503 Service Unavailable"),
            (599, "HTTP status 599"),
        ],
    )
    def test_succeeds_with_2xx_only(self, server: Server, status: int, error: str | None) -> None:
        """The status is the exit code."""
        (outcome,) = send({"url": f"{server.url}/status/{status}"})
        assert (status, error) == (outcome.exit_code, outcome.error)

    def test_follows_no_redirect(self, server: Server) -> None:
        """Where it would lead is not what the manifest says."""
        before = len(server.received)
        (outcome,) = send({"url": f"{server.url}/moved"})
        assert (302, 1) == (outcome.exit_code, len(server.received) - before)

    def test_keeps_the_body_whatever_the_status(self, server: Server) -> None:
        """A failure's body says why."""
        (outcome,) = send({"url": f"{server.url}/status/500"})
        assert "status" == outcome.output

    def test_reads_the_body_in_its_charset(self, server: Server) -> None:
        """What is recorded is text."""
        assert [Outcome(exit_code=200, output="käse")] == send({"url": f"{server.url}/latin1"})

    def test_cuts_a_body_that_is_too_long(self, server: Server) -> None:
        """The first MiB and how much more there was."""
        (outcome,) = send({"url": f"{server.url}/big/{OUTPUT_CAP + 10}"})
        assert outcome.output is not None
        assert outcome.output.endswith("x\n[output cut here: 10 more bytes]")

    def test_keeps_a_body_that_is_too_long_in_a_file(self, server: Server, tmp_path: Path) -> None:
        """Whole, as what commands print."""

        async def work() -> Outcome:
            kept = Logs(tmp_path)
            target = HttpRequests(secrets=SecretSource(environ={}), logs=kept)
            spec = HttpTarget.model_validate({"http": {"url": f"{server.url}/big/{OUTPUT_CAP + 10}"}})
            outcome = await target.run(spec, run_context())
            await target.close()
            kept.close()
            return outcome

        outcome = asyncio.run(work())
        assert outcome.output is not None
        assert outcome.output.endswith(f"`schedrun runs logs {RUN_ID}` prints all of it]")
        assert "x" * (OUTPUT_CAP + 10) == "".join(logs.read(tmp_path / f"{RUN_ID}-2.gz"))

    def test_carries_no_cookies_from_one_job_to_the_next(self, server: Server) -> None:
        """Jobs share a client, not a session."""
        send({"url": f"{server.url}/cookie"}, {"url": f"{server.url}/status/200"})
        assert "cookie" not in server.received[-1].headers


class TestRequests:
    def test_tells_the_server_about_the_run(self, server: Server) -> None:
        """In four headers that the manifest cannot overwrite."""
        send({"url": f"{server.url}/status/200", "headers": {"schedrun-job": "other", "X-Team": "käse"}})
        headers = server.received[-1].headers
        assert {
            "schedrun-job": "billing/close-day",
            "schedrun-run-id": RUN_ID,
            "schedrun-attempt": "2",
            "schedrun-fire-time": "2026-03-01T04:17:00Z",
            "user-agent": "schedrun",
        } == {name: value for name, value in headers.items() if name.startswith(("schedrun", "user"))}

    def test_a_traced_run_tells_where_the_answer_belongs(self, server: Server) -> None:
        """In the header of W3C Trace Context, whatever the manifest writes there."""
        parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        request = {"url": f"{server.url}/status/200", "headers": {"Traceparent": "mine"}}
        send(request, traceparent=parent)
        assert parent == server.received[-1].headers["traceparent"]
        send({"url": f"{server.url}/status/200"})
        assert "traceparent" not in server.received[-1].headers

    def test_sends_method_body_and_headers_as_written(self, server: Server) -> None:
        """A body is sent as UTF-8, without a type that nobody said."""
        request = {
            "method": "PUT",
            "url": f"{server.url}/echo?a=1",
            "headers": {"Content-Type": "text/x"},
            "body": "käse",
        }
        assert [Outcome(exit_code=200, output="käse")] == send(request)
        received = server.received[-1]
        assert ("PUT", "/echo?a=1", "text/x") == (received.method, received.path, received.headers["content-type"])

    def test_resolves_secrets_everywhere_and_masks_them_in_the_answer(self, server: Server) -> None:
        """In headers, at any depth of json, and where the server sends them back."""
        secret = {"from_env": "TOKEN"}
        (outcome,) = send(
            {
                "method": "POST",
                "url": f"{server.url}/echo",
                "headers": {"Authorization": secret},
                "json": {"deep": [{"token": secret}]},
            }
        )
        received = server.received[-1]
        assert ("s3cret", "application/json") == (received.headers["authorization"], received.headers["content-type"])
        assert {"deep": [{"token": "s3cret"}]} == json.loads(received.body)
        assert outcome.output is not None
        assert {"deep": [{"token": "***"}]} == json.loads(outcome.output)

    def test_resolves_a_secret_body_and_url(self, server: Server) -> None:
        """A whole URL may be secret: webhooks carry their token in it."""

        async def work() -> Outcome:
            environ = {"HOOK": f"{server.url}/echo?token=s3cret", "BODY": "s3cret"}
            target = HttpRequests(secrets=SecretSource(environ=environ))
            request = HttpRequest(method="POST", url=FromEnv(from_env="HOOK"), body=FromEnv(from_env="BODY"))
            outcome = await target.run(HttpTarget(http=request), run_context())
            await target.close()
            return outcome

        assert Outcome(exit_code=200, output="***") == asyncio.run(work())
        assert ("/echo?token=s3cret", b"s3cret") == (server.received[-1].path, server.received[-1].body)


class TestFailures:
    @pytest.mark.parametrize(
        ("path", "exit_code", "error", "output", "names"),
        [
            ("/hangup", None, CLOSED_EARLY, None, ("RemoteProtocolError", "ProtocolError", "TransportError")),
            ("/cut", 200, CLOSED_EARLY, "half of", ("RemoteProtocolError", "ProtocolError", "TransportError")),
            ("/gibberish", 200, "the answer's body does not match its Content-Encoding", "", ("DecodingError",)),
        ],
    )
    def test_says_what_the_server_did_wrong(
        self, server: Server, path: str, exit_code: int | None, error: str, output: str | None, names: tuple[str, ...]
    ) -> None:
        """What arrived before is kept."""
        expected = Outcome(exit_code, error, output, exceptions=of_httpx(*names))
        assert [expected] == send({"url": f"{server.url}{path}"})

    def test_says_that_nobody_listens(self) -> None:
        """A port that is taken and not listened on is nobody else's meanwhile."""
        expected = Outcome(error="cannot connect: connection refused", exceptions=CONNECT_ERROR)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            assert [expected] == send({"url": f"http://127.0.0.1:{taken.getsockname()[1]}/"})

    def test_verifies_tls(self, server: Server) -> None:
        """A server that does not prove who it is gets no request."""
        (outcome,) = send({"url": server.url.replace("http", "https")})
        assert Outcome(error="cannot connect: no TLS connection could be made", exceptions=CONNECT_ERROR) == outcome

    @pytest.mark.parametrize(
        ("request_", "error", "names"),
        [
            pytest.param({"url": {"from_env": "NO_URL"}}, NO_ADDRESS, UNSUPPORTED, id="scheme"),
            pytest.param({"url": {"from_env": "NO_SCHEME"}}, NO_ADDRESS, UNSUPPORTED, id="relative"),
            pytest.param({"url": {"from_env": "NO_PORT"}}, NO_ADDRESS, INVALID_URL, id="malformed"),
            pytest.param(
                {"url": "http://127.0.0.1:1/", "headers": {"X-Token": {"from_env": "TWO_LINES"}}},
                "header 'x-token' holds a line break or a NUL, which HTTP does not allow",
                (),
                id="secret-header-with-a-line-break",
            ),
            pytest.param(
                {"url": {"from_env": "NOT_SET"}},
                "a secret could not be read: from_env NOT_SET is not set in the service's environment",
                (),
                id="missing-secret",
            ),
        ],
    )
    def test_says_why_nothing_was_sent(self, request_: dict[str, Any], error: str, names: tuple[str, ...]) -> None:
        """In words of our own: exceptions quote URLs and headers."""
        assert [Outcome(error=error, exceptions=names)] == send(request_)

    def test_blames_the_proxy_setting_without_its_password(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """And tries again at the next run, without a word to the event loop's exception handler."""
        monkeypatch.setenv("ALL_PROXY", "nonsense://user:hunter2@127.0.0.1:1")
        error = "no request can be sent: check the service's proxy and certificate variables (ValueError)"
        expected = Outcome(error=error, exceptions=("ValueError", "Exception", "BaseException"))
        assert [expected] * 2 == send({"url": "http://127.0.0.1:1/"}, {"url": "http://127.0.0.1:1/"})


class TestRetryAfter:
    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            pytest.param("120", timedelta(minutes=2), id="seconds"),
            pytest.param("Fri, 31 Dec 2027 23:59:59 GMT", datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC), id="date"),
            pytest.param("soon", None, id="neither"),
        ],
    )
    def test_says_when_the_server_wants_to_be_asked_again(
        self, server: Server, status: int, header: str, expected: timedelta | datetime | None
    ) -> None:
        """As a time to wait or as an instant."""
        (outcome,) = send({"method": "POST", "url": f"{server.url}/later/{status}", "body": header})
        assert (status, expected) == (outcome.exit_code, outcome.retry_after)

    @pytest.mark.parametrize("path", ["/later/500", "/later/301", "/later/201", "/status/429"])
    def test_means_nothing_elsewhere(self, server: Server, path: str) -> None:
        """Other statuses use the header for other things, and no header says nothing."""
        (outcome,) = send({"method": "POST", "url": f"{server.url}{path}", "body": "120"})
        assert None is outcome.retry_after


class TestTime:
    def test_ends_after_the_default_where_the_job_has_no_timeout(self, server: Server) -> None:
        """And says so, since the scheduler set no limit; what arrived is kept."""
        for seconds in (0.3, 3.5, 30.5):
            (outcome,) = send({"url": f"{server.url}/slow"}, default_timeout=seconds)
            if outcome.output:
                break  # else the server was so slow that nothing arrived
        assert Outcome(200, f"timed out after {seconds}s", "begun", timed_out=True) == outcome

    def test_leaves_the_time_to_the_scheduler_where_the_job_has_a_timeout(self, server: Server) -> None:
        """The default of another length does not cut it short; the stop does."""

        async def work() -> Outcome:
            stop = asyncio.Event()
            server.arrived.clear()
            target = HttpRequests(secrets=SecretSource(environ={}), default_timeout=0.0)
            spec = HttpTarget(http=HttpRequest(url=f"{server.url}/slow"))
            running = asyncio.create_task(target.run(spec, run_context(stop=stop, timeout=60)))
            await until(server.arrived.is_set)
            stop.set()
            outcome = await running
            await target.close()
            return outcome

        outcome = asyncio.run(work())
        assert (None, False) == (outcome.error, outcome.timed_out)

    def test_sends_nothing_once_it_must_stop(self, server: Server) -> None:
        """A run that is cancelled before it begins leaves no trace."""

        async def work() -> Outcome:
            stop = asyncio.Event()
            stop.set()
            target = HttpRequests(secrets=SecretSource(environ={}))
            return await target.run(HttpTarget(http=HttpRequest(url=server.url)), run_context(stop=stop))

        before = len(server.received)
        assert (Outcome(), before) == (asyncio.run(work()), len(server.received))


def test_loads_httpx_only_for_the_first_request(tmp_path: Path) -> None:
    """Services without HTTP jobs never pay for it."""
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from schedrun.secret import SecretSource\nfrom schedrun.targets.registry import targets\n"
        "targets(app_dir=Path(), secrets=SecretSource(environ={}), environ={})\n"
        "print([name for name in ('httpx', 'certifi') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert "[]\n" == done.stdout


def test_a_run_that_waits_for_a_name_takes_no_thread_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits, other runs and the end of the service need those that the event loop has."""

    async def once() -> Outcome:
        target = HttpRequests(secrets=SecretSource(environ={}), default_timeout=2 * DEADLINE)
        request = HttpTarget(http=HttpRequest.model_validate({"url": "http://hangs.example/"}))
        try:
            return await done_while_names_hang(target.run(request, run_context()), monkeypatch=monkeypatch)
        finally:
            await target.close()

    assert "cannot connect: temporary failure in name resolution" == asyncio.run(once()).error
