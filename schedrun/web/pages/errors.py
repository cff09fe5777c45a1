"""Errors as pages, for who asked for a page: problem documents that look like everything else."""

import json
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schedrun.web.access import Caller
from schedrun.web.pages import frame, links
from schedrun.web.pages.frame import Heading
from schedrun.web.paths import path_of
from schedrun.web.problem import MEDIA_TYPE

_STRANGER = Caller("", None)


class DressedErrors:
    """Gives a browser that asked for a page the page of a problem instead of its document; all else passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        """Take what answers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or not wants_page(Request(scope)):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Dressing(Request(scope), send))


class _Dressing:
    """Holds a problem document back until all of it is there."""

    def __init__(self, request: Request, send: Send) -> None:
        self._request, self._send = request, send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self._start = message
            return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._answer(self._start)

    async def _answer(self, start: Message) -> None:
        body = page(self._request, json.loads(self._body)).encode()
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["content-type"], headers["content-length"] = "text/html; charset=utf-8", str(len(body))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def wants_page(request: Request) -> bool:
    """Whether the request is that of a browser for a page, not that of a program."""
    of_programs = path_of(request.scope).startswith((f"{links.API}/", "/metrics", "/static/", "/healthz", "/readyz"))
    asks = request.method == "GET" and "text/html" in request.headers.get("accept", "")
    return asks and not of_programs


def page(request: Request, document: dict[str, Any]) -> str:
    """Return the page of a problem document."""
    known = request.scope.get("schedrun.caller")
    status = HTTPStatus(document["status"])
    shell = frame.of(
        request,
        known if isinstance(known, Caller) else _STRANGER,
        Heading("", str(document["title"])),
        now=request.scope["app"].state.backend.clock.now(),
    )
    values = {"problem": document, "needs_token": status is HTTPStatus.UNAUTHORIZED}
    return frame.text("problem.html", shell, values)


def _is_problem(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith(MEDIA_TYPE)
