"""Finding out who asks: by a token, by the session of one, by being on this machine, or as the application says."""

import inspect
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus
from typing import NamedTuple, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import Request

from schedrun.protocols import Clock
from schedrun.web import hosts, session, tokens
from schedrun.web.access import Caller, Scope
from schedrun.web.hosts import Origin
from schedrun.web.problem import Problem
from schedrun.web.tokens import Tokens

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing, RFC 9110, section 9.2.1."""

Said = str | Scope | None
Authorize = Callable[[Request], Said | Awaitable[Said]]
"""What an application says of a request instead of tokens: None, "read" or "operate"."""

_SCOPES = tuple(Scope)

NOBODY = "nobody"
LOCAL = "this machine"


class Known(NamedTuple):
    """A caller, and what the rate of their actions is counted by."""

    caller: Caller
    counted_as: str


class Callers(Protocol):
    """How a request tells who asks."""

    async def of(self, request: Request, host: Origin | None) -> Known:
        """Return who asks; `host` is None where it is not known. Raises Problem 401 for credentials that are wrong."""

    async def may_go_on(self, request: Request, host: Origin | None) -> bool:
        """Return whether who was let in with this request, and has an answer that does not end, may still read."""


class ByToken:
    """Bearer tokens and the sessions of browsers; without either, who is on this machine may read."""

    def __init__(self, known: Tokens, clock: Clock) -> None:
        self._known, self._clock = known, clock

    async def of(self, request: Request, host: Origin | None) -> Known:
        """See `Callers.of`."""
        valid = self._known.valid()
        token = _of_header(request, valid) or self._of_session(request, host, valid)
        if token is not None:
            return Known(Caller(token.name, token.scope), token.id)
        if _is_local(request, host):
            return Known(Caller(LOCAL, Scope.READ), LOCAL)
        return Known(Caller(NOBODY, None), NOBODY)

    async def may_go_on(self, request: Request, host: Origin | None) -> bool:
        """See `Callers.may_go_on`: a token may be taken away, and a session ends."""
        try:
            return (await self.of(request, host)).caller.scope is not None
        except Problem:
            return False

    def _of_session(
        self, request: Request, host: Origin | None, valid: tuple[tokens.Token, ...]
    ) -> tokens.Token | None:
        """Return the token of the session; one that has ended is as good as none, or nobody could log in again."""
        if host is None:
            return None
        cookie, now = session.name_of(host), self._clock.now()
        found = (session.opened(value, valid, cookie=cookie, now=now) for value in _cookies(request, cookie))
        return next(filter(None, found), None)


class ByApplication:
    """The application that schedrun is mounted in knows its users itself."""

    def __init__(self, authorize: Authorize) -> None:
        self._authorize = authorize

    async def of(self, request: Request, host: Origin | None) -> Known:  # noqa: ARG002  the protocol's names
        """See `Callers.of`."""
        try:
            said = self._authorize(request)
            if inspect.isawaitable(said):
                said = await said
        except HTTPException as refused:
            raise _refused(refused) from refused
        if said is None:
            return Known(Caller(NOBODY, None), NOBODY)
        if said not in _SCOPES:
            raise TypeError(f"authorize returns None, 'read' or 'operate', not {said!r}")
        name = _user_of(request)
        return Known(Caller(name, Scope(said)), name)

    async def may_go_on(self, request: Request, host: Origin | None) -> bool:  # noqa: ARG002  the protocol's names
        """See `Callers.may_go_on`: what the application said holds until the answer ends."""
        return True


def _refused(refused: HTTPException) -> Problem:
    """Return the problem of a request that the application refuses in its own way."""
    return Problem(
        HTTPStatus(refused.status_code),
        "refused_by_application",
        detail=str(refused.detail),
        remedy="Log in to the application.",
        headers=refused.headers,
    )


def _user_of(request: Request) -> str:
    """Return the name that the application's own authentication gave the user, where it did."""
    user = request.scope.get("user")
    name = getattr(user, "display_name", "") if getattr(user, "is_authenticated", False) else ""
    return str(name) or "the application"


def _of_header(request: Request, valid: tuple[tokens.Token, ...]) -> tokens.Token | None:
    """Return the token of the Authorization header, None without one."""
    said = request.headers.getlist("authorization")
    if not said:
        return None
    kind, _, given = said[0].partition(" ")
    token = tokens.matching(valid, given.strip()) if kind.lower() == "bearer" and len(said) == 1 else None
    if token is None:
        raise wrong_token()
    return token


def _cookies(request: Request, wanted: str) -> Iterator[str]:
    """Yield the value of each cookie with this name: browsers send those of every path that the request lies below."""
    for header in request.headers.getlist("cookie"):
        for pair in header.split(";"):
            name, _, value = pair.partition("=")
            if name.strip() == wanted:
                yield value.strip()


def wrong_token() -> Problem:
    """Return the problem of a token that is not valid."""
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "wrong_token",
        detail="This is not a valid token.",
        remedy="Send `Authorization: Bearer TOKEN` with a token of the token file, or none.",
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


def _is_local(request: Request, host: Origin | None) -> bool:
    """Whether somebody on this machine asks to see something, not a proxy on it that speaks for somebody else."""
    return (
        request.method in SAFE_METHODS
        and host is not None
        and host.is_loopback
        and hosts.is_loopback_peer(request.scope.get("client"))
        and not hosts.is_forwarded(request.scope["headers"])
    )
