"""Sessions of browsers: a signed cookie that names a token and when it ends, and never holds the token.

The key is derived from the token (HMAC-SHA256), so a session outlives restarts, holds in every process that knows the
token, and ends when its line is taken out of the file.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from schedrun.protocols import Clock
from schedrun.web.hosts import Origin
from schedrun.web.tokens import Token, Tokens, matching

LIFETIME = timedelta(hours=12)


def name_of(host: Origin) -> str:
    """Return the cookie's name: it holds the port, since browsers send a host's cookies to all of its ports."""
    return f"schedrun_{host.port}"


def sealed(token: Token, *, cookie: str, now: datetime) -> str:
    """Return the value of the cookie with the name `cookie`, good until `LIFETIME` after `now`."""
    expires = int((now + LIFETIME).timestamp())
    return f"{token.id}.{expires}.{_signature(token, cookie, expires)}"


def opened(value: str, tokens: tuple[Token, ...], *, cookie: str, now: datetime) -> Token | None:
    """Return the token whose session this is; None when it has ended, was not made here, or its token is gone."""
    token_id, _, rest = value.partition(".")
    written, _, signature = rest.partition(".")
    if not (written.isascii() and written.isdecimal() and len(written) < 20):
        return None
    expires, found = int(written), None
    for token in tokens:
        expected = _signature(token, cookie, expires)
        named = hmac.compare_digest(token.id.encode(), token_id.encode("utf-8", "replace"))
        if hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")) and named:
            found = token
    return found if now.timestamp() < expires <= (now + LIFETIME).timestamp() else None


def _signature(token: Token, cookie: str, expires: int) -> str:
    signed = hmac.digest(token.cookie_key, f"{cookie}.{expires}".encode(), "sha256")
    return urlsafe_b64encode(signed).rstrip(b"=").decode()


class Logins:
    """Opens sessions; `is_secure` says that browsers reach this application by https, whatever a proxy speaks."""

    def __init__(self, known: Tokens, clock: Clock, *, is_secure: bool) -> None:
        self._known, self._clock, self.is_secure = known, clock, is_secure

    def open(self, given: str, *, host: Origin) -> str | None:
        """Return the cookie's value of a new session of the token that is given, None when it is not valid."""
        token = matching(self._known.valid(), given)
        return None if token is None else sealed(token, cookie=name_of(host), now=self._clock.now())
