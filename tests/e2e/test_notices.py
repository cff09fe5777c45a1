"""Telling people and monitors from a real service to real servers, over its death."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.service import Project, eventually
from tests.notify.smtp_server import mail_server
from tests.targets.server import Received, Server, web_server

pytestmark = pytest.mark.real_time

FAILS = """\
  close-day:
    owner: payments
    schedule: {every: 520w}
    target: {shell: 'echo "token is $TOKEN"; exit 3', env: {TOKEN: {from_env: JOB_TOKEN}}}
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with web_server() as server:
        yield server


def received(server: Server, path: str) -> list[Received]:
    return [each for each in server.received if each.path.startswith(path)]


def test_everybody_is_told_of_a_failure(project: Project, server: Server) -> None:
    """By webhook, Slack and mail, with the end of the output, secrets masked; the monitor knows start and end."""
    with mail_server() as mail:
        project.write(
            FAILS
            + "    on_failure:\n"
            + "      - webhook: {from_env: HOOK}\n"
            + f"      - slack: {server.url}/echo/slack\n"
            + "      - email: [oncall@example.com]\n"
            + f"    monitor: {{url: '{server.url}/echo/check'}}\n"
        )
        service = project.start(
            JOB_TOKEN="hunter2xyz",
            HOOK=f"{server.url}/echo/hook",
            SCHEDRUN_SMTP_URL=f"smtp://127.0.0.1:{mail.port}",
            SCHEDRUN_SMTP_FROM="jobs@example.com",
        )
        assert 0 == project.call("trigger", "s/close-day").code
        eventually(lambda: 3 == len(service.events("notice_delivered")), what="three deliveries")
        eventually(lambda: 2 == len(received(server, "/echo/check")), what="both pings")
        assert 0 == service.stop()
        assert "token is ***" in mail.taken[0].mail.get_content()
    told = json.loads(received(server, "/echo/hook")[0].body)
    assert ("failure", "s/close-day", "payments", "token is ***", 3) == (
        told["kind"],
        told["job"],
        told["owner"],
        told["log_tail"],
        told["run"]["exit_code"],
    )
    assert "s/close-day failed (exit code 3)" in json.loads(received(server, "/echo/slack")[0].body)["text"]
    start, end = received(server, "/echo/check")
    assert (start.path.partition("?")[0], end.path.partition("?")[0]) == ("/echo/check/start", "/echo/check/3")
    assert start.path.partition("?")[2] == end.path.partition("?")[2]
    assert end.body.decode().endswith("token is ***")
    everything = b"".join(each.body for each in server.received).decode() + "\n".join(service.lines)
    assert "hunter2xyz" not in everything
    assert server.url not in "\n".join(service.lines)


def test_a_notice_survives_the_death_of_its_service(project: Project, server: Server) -> None:
    """What was not delivered before kill -9 is delivered by the next service, with the same id."""
    project.write(f"{FAILS}    on_failure: [{{webhook: {{from_env: HOOK}}}}]\n")
    service = project.start(JOB_TOKEN="x" * 9, HOOK=f"{server.url}/status/503")
    assert 0 == project.call("trigger", "s/close-day").code
    delayed = service.wait_for("notice_delayed")
    assert "the server answered 503" == delayed["reason"]
    service.kill()
    another = project.start(JOB_TOKEN="x" * 9, HOOK=f"{server.url}/echo/hook")
    another.wait_for("notice_delivered")
    assert 0 == another.stop()
    (first,), (second,) = received(server, "/status/503"), received(server, "/echo/hook")
    assert first.headers["schedrun-notice-id"] == second.headers["schedrun-notice-id"]


def test_who_is_not_heard_is_named_at_the_start(project: Project) -> None:
    """Mail without a server is a warning for each job, and again when an edit brings one."""
    project.write(f"{FAILS}    on_failure: [{{email: [oncall@example.com]}}]\n")
    service = project.start(JOB_TOKEN="x" * 9)
    (event,) = service.events("channel_unusable")
    assert ("s/close-day", "on_failure") == (event["job"], event["field"])
    assert "SCHEDRUN_SMTP_URL is not set" in event["reason"]
    assert 0 == service.stop()
