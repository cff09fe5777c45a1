"""The mail server as SCHEDRUN_SMTP_URL names it."""

from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit

FORMS = "smtps://USER:PASSWORD@HOST, smtp+starttls://USER:PASSWORD@HOST or smtp://HOST"


class Encryption(StrEnum):
    """How a connection to a mail server is encrypted; the values are the schemes of its URL."""

    TLS = "smtps"
    STARTTLS = "smtp+starttls"
    OFFERED = "smtp"


_PORTS = {Encryption.TLS: 465, Encryption.STARTTLS: 587, Encryption.OFFERED: 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in.

    TLS is encrypted from the first byte, STARTTLS before anything is said, OFFERED where the server offers it: then a
    password is sent encrypted or not at all.
    """

    host: str
    port: int
    encryption: Encryption
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)


def parse(url: str) -> MailServer:
    """Return the server that a URL names, user and password unquoted.

    Raises ValueError, without a word of the URL, for one that has another scheme, no host, a path, or half a login.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("it is none") from None
    if parts.scheme not in set(Encryption) or not parts.hostname:
        raise ValueError("its scheme or its host is missing")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("something follows the host and the port")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("a login is a user and a password")
    encryption = Encryption(parts.scheme)
    return MailServer(
        parts.hostname,
        port or _PORTS[encryption],
        encryption,
        None if parts.username is None else unquote(parts.username),
        None if parts.password is None else unquote(parts.password),
    )
