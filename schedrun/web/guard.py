"""What stands before the routes: for whom an answer is, who may ask for it, and how much at once."""

import logging
import math
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from schedrun.web import access, bodies, hosts
from schedrun.web.access import Caller
from schedrun.web.callers import NOBODY, SAFE_METHODS, Callers, Known
from schedrun.web.hosts import Origin
from schedrun.web.paths import path_of
from schedrun.web.problem import Problem
from schedrun.web.rates import Rates

log = logging.getLogger(__name__)

PROBES = frozenset({"/healthz", "/readyz"})
"""Asked by machines that know neither a token nor our name."""

LOGINS = frozenset({"/login", "/logout"})
"""What changes only the browser that asks: everybody may."""

OPEN = PROBES | {"/login"}
FILES = "/static/"
"""What anybody may see: how the process is, and the page that asks for a token, with the files that it is made of."""

_OWN_SITES = frozenset({"same-origin", "none"})


class Guard:
    """Refuses what must not pass.

    In this order: a foreign host (421), a wrong token (401), a foreign origin (403), an action without the scope to act
    (401, 403), too many actions (429), a body that is not JSON (415) or is too large (413).

    Who passes is known to the routes as `schedrun.caller`. Nothing is read without the scope to read and nothing done
    without that to act, also where a route forgot to say so.
    """

    def __init__(
        self, app: ASGIApp, *, callers: Callers, monotonic: Callable[[], float], public: Origin | None = None
    ) -> None:
        self._app, self._callers, self._public = app, callers, public
        self._rates = Rates(monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        else:
            try:
                receive = await self._admit(Request(scope), receive)
            except Problem as problem:
                await problem.response()(scope, receive, send)
            else:
                await self._app(scope, receive, send)

    async def _admit(self, request: Request, receive: Receive) -> Receive:
        """Return what the routes receive from. Raises Problem for what must not pass."""
        path, host = path_of(request.scope), self._host(request)
        if path in PROBES:
            known = await self._leniently(request, host)
        elif host is None:
            raise _foreign_host()
        else:
            known = await self._callers.of(request, host)
        request.scope["schedrun.caller"] = known.caller
        request.scope["schedrun.may_go_on"] = partial(self._callers.may_go_on, request, host)
        if request.method in SAFE_METHODS:
            if path not in OPEN and not path.startswith(FILES):
                access.may_read(request)
            return receive
        if host is not None:
            self._refuse_foreign_origin(request, host)
        if path in LOGINS:
            # For each peer: who tries tokens must not keep everybody else from logging in.
            self._refuse_too_often(f"logins from {request.client.host if request.client else NOBODY}")
        else:
            access.may_operate(request)
            self._refuse_too_often(known.counted_as)
        return await bodies.taken(request.scope, receive)

    def _host(self, request: Request) -> Origin | None:
        """Return the host that the request is for, None when it is not ours."""
        said = request.headers.getlist("host")
        host = Origin.of_host(request.url.scheme, said[0]) if len(said) == 1 else None
        return host if host is not None and hosts.is_known(host, self._public) else None

    async def _leniently(self, request: Request, host: Origin | None) -> Known:
        """Return who probes; nobody where that is refused or cannot be told."""
        nobody = Known(Caller(NOBODY, None), NOBODY)
        try:
            return await self._callers.of(request, host)
        except Problem:
            return nobody
        except Exception:
            # An application that cannot tell its users is no reason to end the process that runs the jobs.
            log.exception("Who probes is not known", extra={"event": "caller_not_known"})
            return nobody

    def _refuse_foreign_origin(self, request: Request, host: Origin) -> None:
        sites, origins = request.headers.getlist("sec-fetch-site"), request.headers.getlist("origin")
        own = self._own(host)
        if all(site in _OWN_SITES for site in sites) and all(Origin.parse(said) in own for said in origins):
            return
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "foreign_origin",
            detail="A page of another site may not change anything here.",
            remedy="Use this application's own page; behind a proxy, say its address with `--public-url`.",
        )

    def _own(self, host: Origin) -> set[Origin]:
        """Return the origins of our own pages: where the request went, and the public URL.

        A proxy that ends https speaks plain http here. What browsers call by our name in plain http is not ours then:
        whoever is on their way could have written it.
        """
        public = self._public
        if public is None:
            return {host}
        is_plain = (host.scheme, public.scheme) == ("http", "https") and host.host == public.host
        return {public} if is_plain else {host, public}

    def _refuse_too_often(self, name: str) -> None:
        seconds = self._rates.wait_for(name)
        if seconds:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_actions",
                detail="Too many actions at once.",
                remedy="Go on more slowly: two a second, after a burst of 60.",
                headers={"Retry-After": str(math.ceil(seconds))},
            )


def _foreign_host() -> Problem:
    return Problem(
        HTTPStatus.MISDIRECTED_REQUEST,
        "foreign_host",
        detail="This application does not go by the name in the header `Host`.",
        remedy="Use localhost or an IP address, or say its name with `--public-url` (`public_url=` of create_app).",
    )
