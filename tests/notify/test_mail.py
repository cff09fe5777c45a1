"""Mail to a real server on loopback: encrypted as its URL says, whole, and told apart by its id."""

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest

from schedrun.core.errors import NotDeliveredError
from schedrun.core.run.message import Message
from schedrun.core.spec import smtp
from schedrun.core.spec.notify import EmailChannel
from schedrun.notify import mail
from schedrun.notify import smtp as handing_in
from schedrun.notify.registry import Registry
from schedrun.secret import SecretSource
from tests.notify.messages import FAILURE, HOSTILE
from tests.notify.smtp_server import CERTIFICATE, MailServer, mail_server

CHANNEL = EmailChannel(email=["ann@example.com", "bob@example.com"])


@pytest.fixture(autouse=True)
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


def send(url: str | None, message: Message = FAILURE, *, sender: str | None = "jobs@example.com") -> None:
    async def once() -> None:
        server = None if url is None else smtp.parse(url)
        registry = Registry(secrets=SecretSource(environ={}), mail_server=server, sender=sender)
        await registry.send(CHANNEL, message)

    asyncio.run(once())


def refused(url: str | None, reason: str) -> None:
    with pytest.raises(NotDeliveredError, match=reason) as caught:
        send(url)
    assert "@example.com" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def url(server: MailServer, scheme: str, *, login: bool = False) -> str:
    return f"{scheme}://{'ann:hunter2@' if login else ''}localhost:{server.port}"


def test_a_mail_arrives_whole() -> None:
    """At every address, with subject, facts and the end of the output; the notice's id is in two headers."""
    with mail_server() as server:
        send(url(server, "smtp"))
    (taken,) = server.taken
    assert ("jobs@example.com", CHANNEL.email, False) == (taken.sender, taken.recipients, taken.encrypted)
    assert "[schedrun] billing/close-day failed (exit code 3)" == taken.mail["Subject"]
    assert ("jobs@example.com", "ann@example.com, bob@example.com") == (taken.mail["From"], taken.mail["To"])
    assert FAILURE.notice.id == taken.mail["Schedrun-Notice-Id"]
    assert taken.mail["Message-ID"].startswith(f"<{FAILURE.notice.id}.")
    assert "auto-generated" == taken.mail["Auto-Submitted"]
    content = taken.mail.get_content()
    assert "Owner: payments-oncall" in content
    assert "one\ntwo" in content


def test_the_same_notice_is_the_same_mail() -> None:
    """Programs that know mails by their Message-ID show it once."""
    with mail_server() as server:
        send(url(server, "smtp"))
        send(url(server, "smtp"))
    first, second = server.taken
    assert first.mail["Message-ID"] == second.mail["Message-ID"]


def test_no_text_of_a_job_is_a_header_or_a_command() -> None:
    """Line breaks, lone dots and bytes that are no text."""
    message = replace(HOSTILE, job="x\r\nBcc: eve@example.com")
    with mail_server() as server:
        send(url(server, "smtp"), message)
    (taken,) = server.taken
    assert CHANNEL.email == taken.recipients
    assert taken.mail["Bcc"] is None
    assert "\n.\nQUIT\n" in taken.mail.get_content()


@pytest.mark.parametrize(
    ("scheme", "behaviour"),
    [("smtps", {"tls": True}), ("smtp+starttls", {"starttls": True}), ("smtp", {"starttls": True})],
)
def test_it_is_encrypted_as_the_url_says(scheme: str, behaviour: dict[str, Any]) -> None:
    """From the first byte, before anything is said, or where the server offers it; then the login is sent."""
    with mail_server(**behaviour) as server:
        send(url(server, scheme, login=True))
    (taken,) = server.taken
    assert (True, "ann:hunter2") == (taken.encrypted, taken.login)


@pytest.mark.parametrize(("scheme", "behaviour"), [("smtps", {"tls": True}), ("smtp+starttls", {"starttls": True})])
def test_a_certificate_is_checked(scheme: str, behaviour: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody in between reads the mail."""
    monkeypatch.delenv("SSL_CERT_FILE")
    with mail_server(**behaviour) as server:
        refused(url(server, scheme, login=True), "certificate is not accepted")
    assert [] == server.taken


def test_starttls_is_not_done_without() -> None:
    """A server that offers none gets nothing."""
    with mail_server() as server:
        refused(url(server, "smtp+starttls"), "lacks what is needed")
    assert [] == server.taken


def test_no_password_is_sent_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """But to this very machine."""
    with mail_server() as server:
        send(url(server, "smtp", login=True))
        monkeypatch.setattr(handing_in, "_is_loopback", lambda _: False)
        refused(url(server, "smtp", login=True), "no password is sent without")
    assert ["ann:hunter2"] == [taken.login for taken in server.taken]


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ({"login": "somebody:else"}, r"refused the login \(535\)"),
        ({"refuses_sender": True}, r"refused the sender \(553\)"),
        ({"refuses": set(CHANNEL.email)}, r"refused every recipient \(550\)"),
    ],
)
def test_a_refusal_is_said_without_addresses(behaviour: dict[str, Any], reason: str) -> None:
    """Codes say enough."""
    with mail_server(**behaviour) as server:
        refused(url(server, "smtp", login=True), reason)


def test_one_recipient_that_is_refused_keeps_nobody_from_the_mail(caplog: pytest.LogCaptureFixture) -> None:
    """Who got it shall not get it five times: a line in the log says that somebody did not."""
    with mail_server(refuses={"bob@example.com"}) as server:
        send(url(server, "smtp"))
    assert ["ann@example.com"] == server.taken[0].recipients
    assert "The mail server refused some of the recipients" in caplog.messages


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (None, "SCHEDRUN_SMTP_URL is not set"),
        ("smtp://127.0.0.1:1", "connection refused"),
        ("smtp://localhost.invalid", "name cannot be found"),
    ],
)
def test_no_server_takes_it(address: str | None, reason: str) -> None:
    """The reason says what to look for."""
    refused(address, reason)


def test_a_server_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not beyond the limit, though its thread goes on until its own."""
    monkeypatch.setattr(mail, "TIMEOUT", 0.05)
    with mail_server(silent=threading.Event()) as server:
        refused(url(server, "smtp"), "did not take it within")
