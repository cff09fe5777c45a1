"""Events and logs over real sockets: told by whatever process, through kills, to slow clients, and until the end."""

import socket
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.events import EventSource, Heard
from tests.e2e.service import DEADLINE, SELDOM, Project, Service, alive, eventually, witnessed
from tests.e2e.test_web import ANY_PORT, Web, kept_port, token_of
from tests.e2e.test_workers import Application, running

pytestmark = pytest.mark.real_time

EVENTS = "/api/v1/events"
SECRET = "h4rd-to-guess"
STREAMS = 32
FLOOD = """
schedrun: v1
name: flood
jobs:
  once:
    schedule: {every: 36500d}
    target: {shell: "yes 'line of a flood' | head -c 60000000"}
"""


def prints(shell: str, *, more: str = "") -> str:
    """Return a job that a person triggers and that prints."""
    return witnessed("talk", SELDOM, then=shell, more=more)


def trigger(web: Web, token: str) -> str:
    """Trigger the job; return the run's id."""
    said = web.ask("/api/v1/jobs/s/talk/trigger", method="POST", Authorization=f"Bearer {token}")
    assert 202 == said.status
    run_id: str = said.document["run"]["id"]
    return run_id


def text_of(events: list[Heard]) -> str:
    """Return the output in its order, after a look at its places."""
    begin = events[0].data["offset"]
    text = "".join(event.data["text"] for event in events)
    assert [event.data["offset"] for event in events] == [
        begin + len("".join(each.data["text"] for each in events[:number]).encode()) for number in range(len(events))
    ]
    assert str(begin + len(text.encode())) == events[-1].id
    return text


def gate(project: Project, name: str) -> str:
    """Return shell that waits until a file is there, and ends without it when its folder goes."""
    return f"until [ -e {name} ]; do [ -d manifests ] || exit 1; sleep 0.05; done"


def test_follows_what_happens_and_what_is_printed(project: Project) -> None:
    """From a file's edit to the run's last line, masked: nothing is asked for again to be told."""
    project.write(
        "  talk:\n    schedule: {every: 36500d}\n    target:\n"
        f"      shell: 'echo \"one $KEY\"; {gate(project, 'go')}; echo two; exit 3'\n"
        "      env: {KEY: {from_env: TALK_KEY}}\n"
    )
    web = Web(project.start(**ANY_PORT, TALK_KEY=SECRET))
    with EventSource(web.address, EVENTS) as events:
        assert "text/event-stream" in str(events.answer.headers["content-type"])
        assert ("no-store", "no") == (
            events.answer.headers["cache-control"],
            events.answer.headers["x-accel-buffering"],
        )
        assert Heard("reset", {}, None) == events.next()
        project.write(witnessed("new", SELDOM), name="new.yaml", job_set="other")
        assert "sync" in [event.name for event in events.until("job", job="other/new")]

        run_id = trigger(web, token_of(project))
        events.until("run", run=run_id, job="s/talk", status="running")
        with EventSource(web.address, f"/api/v1/runs/{run_id}/log/stream") as log:
            first = log.next()
            assert first is not None
            assert "one ***\n" == first.data["text"]
            part = web.ask(f"/api/v1/runs/{run_id}/log").document
            assert {"text": "one ***\n", "offset": 0, "next_offset": 8, "complete": False} == part
            (project.root / "go").touch()
            *rest, end = log.until("end")
            assert Heard("end", {"status": "failed"}, None) == end
            assert "two\n" == text_of(rest)
            assert log.next() is None
        events.until("run", run=run_id, status="failed")
    part = web.ask(f"/api/v1/runs/{run_id}/log?offset=8").document
    assert {"text": "two\n", "offset": 8, "next_offset": 12, "complete": True} == part


def test_a_kill_of_the_service_loses_no_output(project: Project) -> None:
    """A client goes on with the next service where it stopped, through the end of the attempt to the next one."""
    project.write(
        prints(
            f"echo begin; {gate(project, 'heard')}; printf 'last words'; touch said; {gate(project, 'go')}; echo end",
            more="    retries: {max: 1, backoff: 300ms, jitter: false}\n",
        )
    )
    kept = kept_port()
    first = project.start(**kept)
    web = Web(first)
    run_id = trigger(web, token_of(project))
    path = f"/api/v1/runs/{run_id}/log/stream?attempt=1"
    with EventSource(web.address, path) as log:
        begun = log.next()
        assert begun is not None
        assert "begin\n" == begun.data["text"]
        (project.root / "heard").touch()
        eventually((project.root / "said").exists, what="the last words")
        words = log.next()
        assert words is not None
        assert "last words" == words.data["text"]
        first.kill()
        assert log.next() is None

    second = Web(project.start(**kept))
    with EventSource(second.address, path, last=begun.id) as log:
        again, end = log.next(), log.next()
    assert again is not None
    assert ("last words", 6) == (again.data["text"], again.data["offset"])
    assert Heard("end", {"status": "interrupted", "next_attempt": 2}, None) == end
    with EventSource(second.address, path, last="7777") as refused:
        assert 422 == refused.status
    (project.root / "go").touch()
    with EventSource(second.address, f"/api/v1/runs/{run_id}/log/stream?attempt=2") as log:
        *output, end = log.until("end")
    assert "begin\nlast wordsend\n" == text_of(output)
    assert {"status": "succeeded"} == end.data


def test_streams_are_bounded_and_hold_up_no_shutdown(project: Project) -> None:
    """The next one is refused until one ends; those that are open end with the service, also one that takes nothing."""
    project.write(prints("yes 'line of a flood' | head -c 60000000"))
    service = project.start(**ANY_PORT)
    web = Web(service)
    run_id = trigger(web, token_of(project))
    eventually(lambda: web.ask(f"/api/v1/runs/{run_id}").document["finished_at"], what="the flood")
    with ExitStack() as stack:
        stuck = stack.enter_context(closing(_takes_nothing(web.address, f"/api/v1/runs/{run_id}/log/stream")))
        others = [stack.enter_context(EventSource(web.address, EVENTS)) for _ in range(STREAMS - 1)]
        assert {200} == {stream.status for stream in others}
        assert {"reset"} == {event.name for stream in others if (event := stream.next()) is not None}
        with EventSource(web.address, EVENTS) as refused:
            assert (429, "application/problem+json") == (refused.status, refused.answer.headers["content-type"])
        others.pop().close()
        others.append(eventually(lambda: _opened(web.address, stack), what="room for another stream"))
        assert Heard("reset", {}, None) == others[-1].next()
        assert 200 == web.ask("/readyz").status
        assert 0 == service.stop()
        assert not alive(service.pid)
        assert [None] * (STREAMS - 1) == [stream.next() for stream in others]
        _read_to_the_end(stuck)


def test_a_client_that_takes_nothing_keeps_no_other_waiting(project: Project) -> None:
    """What is printed meanwhile comes to those who listen."""
    project.write(prints("yes 'line of a flood' | head -c 60000000"))
    web = Web(project.start(**ANY_PORT))
    run_id = trigger(web, token_of(project))
    path = f"/api/v1/runs/{run_id}/log/stream"
    with closing(_takes_nothing(web.address, path)), EventSource(web.address, path) as log:
        *output, end = log.until("end")
    assert {"status": "succeeded"} == end.data
    assert 60_000_000 == len(text_of_long(output))


def text_of_long(events: list[Heard]) -> str:
    """Return the output; each piece begins where the one before ended."""
    assert [event.id for event in events[:-1]] == [str(event.data["offset"]) for event in events[1:]]
    return "".join(event.data["text"] for event in events)


def test_every_worker_tells_what_any_of_them_does(tmp_path: Path) -> None:
    """Standbys too; and plain uvicorn ends with streams open, one of them to a client that takes nothing."""
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "flood.yaml").write_text(FLOOD, encoding="utf-8")
    with running(tmp_path, "--workers", "2") as application:
        application.active()
        address = ("127.0.0.1", application.port)
        standby = eventually(application.standby, what="a standby")
        pids = {standby["pid"], standby["active_pid"]}
        flood = eventually(lambda: _flood_of(application), what="the flood")
        with ExitStack() as stack:
            streams = [stack.enter_context(EventSource(address, f"/schedrun{EVENTS}")) for _ in range(12)]
            for stream in streams:
                assert Heard("reset", {}, None) == stream.next()
            runs = [stream.until("run", job="s/tick", status="succeeded")[-1].data["run"] for stream in streams]
            for run_id in set(runs):
                status, part = application.ask(f"/api/v1/runs/{run_id}/log")
                assert (200, True) == (status, part["complete"])
            for _ in range(6):  # of each worker, in all likelihood
                stack.enter_context(closing(_takes_nothing(address, f"/schedrun/api/v1/runs/{flood}/log/stream")))
            assert 200 == application.ask("/readyz")[0]
            application.process.terminate()
            assert application.process.wait(DEADLINE) in {0, -15}
            assert not [pid for pid in pids if alive(pid)]


def _read_to_the_end(connection: socket.socket) -> None:
    """Return once nothing more comes."""
    with suppress(ConnectionError):
        while connection.recv(1 << 20):
            pass


def _flood_of(application: Application) -> str:
    """Trigger the flood until it was; return its run once that has ended."""
    listed = application.ask("/api/v1/runs?job=flood/once&status=succeeded")[1].get("runs", [])
    if not listed:
        application.ask("/api/v1/jobs/flood/once/trigger", method="POST", token=application.token)
    return listed[0]["id"] if listed else ""


def _takes_nothing(address: tuple[str, int], path: str) -> socket.socket:
    """Return a connection that asks for a stream and reads nothing of it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(30)
    connection.connect(address)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return connection


def _opened(address: tuple[str, int], stack: ExitStack) -> Any:
    """Return a stream, None while there is no room for it."""
    stream = EventSource(address, EVENTS)
    if stream.status != 200:
        stream.close()
        return None
    return stack.enter_context(stream)


def test_a_reload_of_the_service_is_heard_as_a_lost_stream(project: Project) -> None:
    """Clients connect again, and are told to ask for everything."""
    project.write(witnessed("a", SELDOM))
    kept = kept_port()
    service: Service = project.start(**kept)
    web = Web(service)
    with EventSource(web.address, EVENTS) as events:
        assert Heard("reset", {}, None) == events.next()
        assert 0 == service.stop()
        while events.next() is not None:
            pass
    again = Web(project.start(**kept))
    with EventSource(again.address, EVENTS) as events:
        assert Heard("reset", {}, None) == events.next()
