"""A message as a mail, and how it is handed in. The only file that imports smtplib; it blocks."""

import ipaddress
import logging
import os
import smtplib
import socket
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from schedrun.core.errors import NotDeliveredError
from schedrun.core.run.message import Message
from schedrun.core.spec.notify import EmailChannel, channel_id
from schedrun.core.spec.smtp import Encryption, MailServer
from schedrun.notify import words

log = logging.getLogger(__name__)

STEP_TIMEOUT = 10.0
"""Seconds that a server may take for one answer."""


def mail_of(message: Message, channel: EmailChannel, *, sender: str | None) -> EmailMessage:
    """Return the message as a mail of plain text; tried again it is the same, Message-ID included."""
    mail = EmailMessage()
    # A line break in a subject would begin another header.
    mail["Subject"] = " ".join(f"[schedrun] {words.subject(message)}".split())
    mail["From"] = sender or f"schedrun@{socket.gethostname()}"
    mail["To"] = ", ".join(channel.email)
    mail["Date"] = format_datetime(message.notice.at)
    mail["Message-ID"] = f"<{message.notice.id}.{channel_id(channel)}@schedrun.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Schedrun-Notice-Id"] = message.notice.id
    mail.set_content(words.text(message).encode("utf-8", "replace").decode())
    return mail


def hand_in(server: MailServer, mail: EmailMessage, *, recipients: list[str]) -> None:
    """Give the mail to the server. Raises NotDeliveredError, without an address, where it takes it for nobody."""
    try:
        with _connected(server) as connection:
            _log_in(connection, server)
            refused = connection.send_message(mail, to_addrs=recipients)
    except (smtplib.SMTPException, OSError) as error:
        # From None: what smtplib says quotes addresses.
        raise NotDeliveredError(_words_of(error)) from None
    if refused:
        # The others have it: trying again would tell them twice.
        facts = {"event": "mail_refused", "refused": len(refused), "recipients": len(recipients)}
        log.warning("The mail server refused some of the recipients", extra=facts)


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.encryption is Encryption.TLS:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=STEP_TIMEOUT, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=STEP_TIMEOUT)


def _log_in(connection: smtplib.SMTP, server: MailServer) -> None:
    connection.ehlo()
    encrypted = server.encryption is Encryption.TLS
    if server.encryption is Encryption.STARTTLS or (not encrypted and connection.has_extn("starttls")):
        connection.starttls(context=ssl.create_default_context())
        encrypted = True
    if server.user is None or server.password is None:
        return
    if not encrypted and not _is_loopback(server.host):
        raise NotDeliveredError("the mail server offers no encryption, and no password is sent without")
    connection.login(server.user, server.password)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _recipients_words(error: smtplib.SMTPRecipientsRefused) -> str:
    codes = sorted({str(code) for code, _ in error.recipients.values()})
    return f"the mail server refused every recipient ({', '.join(codes)})"


_WORDS: tuple[tuple[type[Exception], Callable[[Any], str]], ...] = (
    (smtplib.SMTPAuthenticationError, lambda error: f"the mail server refused the login ({error.smtp_code})"),
    (smtplib.SMTPSenderRefused, lambda error: f"the mail server refused the sender ({error.smtp_code})"),
    (smtplib.SMTPRecipientsRefused, _recipients_words),
    (smtplib.SMTPResponseException, lambda error: f"the mail server answered {error.smtp_code}"),
    (smtplib.SMTPNotSupportedError, lambda _: "the mail server lacks what is needed: STARTTLS, a login, or UTF-8"),
    (smtplib.SMTPServerDisconnected, lambda _: "the mail server closed the connection"),
    (
        ssl.SSLCertVerificationError,
        lambda error: f"the mail server's certificate is not accepted ({error.verify_message})",
    ),
    (ssl.SSLError, lambda _: "no TLS connection to the mail server could be made"),
    (TimeoutError, lambda _: "the mail server does not answer"),
    (socket.gaierror, lambda _: "the mail server's name cannot be found"),
)


def _words_of(error: Exception) -> str:
    for kind, say in _WORDS:
        if isinstance(error, kind):
            return say(error)
    if isinstance(error, OSError) and error.errno:
        return f"cannot connect to the mail server: {os.strerror(error.errno).lower()}"
    return f"the mail server did not take it ({type(error).__name__})"
