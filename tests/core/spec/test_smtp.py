"""The URL of a mail server."""

import pytest

from schedrun.core.spec import smtp
from schedrun.core.spec.smtp import Encryption, MailServer


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail", MailServer("mail", 25, Encryption.OFFERED)),
        ("smtps://mail", MailServer("mail", 465, Encryption.TLS)),
        ("smtp+starttls://mail/", MailServer("mail", 587, Encryption.STARTTLS)),
        ("smtp://[::1]:2525", MailServer("::1", 2525, Encryption.OFFERED)),
        ("smtps://a%40b.c:p%2Fw@mail:1", MailServer("mail", 1, Encryption.TLS, "a@b.c", "p/w")),
    ],
)
def test_a_url_names_a_server(url: str, expected: MailServer) -> None:
    """With the port of its scheme unless it says one."""
    assert expected == smtp.parse(url)


@pytest.mark.parametrize(
    "url",
    ["", "mail", "smtp:mail", "http://mail", "smtp://", "smtp://mail:port", "smtp://ann@mail", "smtp://mail/x",
     "smtp://mail?x=1", "smtp://[::1"],
)  # fmt: skip
def test_what_names_none(url: str) -> None:
    """Is said to be none, without a word of it."""
    with pytest.raises(ValueError, match=r"^[a-z ,]+$"):
        smtp.parse(url)


def test_a_password_does_not_show() -> None:
    """Where settings are printed."""
    assert "hunter2" not in repr(smtp.parse("smtps://ann:hunter2@mail"))
