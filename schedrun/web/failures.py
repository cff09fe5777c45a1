"""Bugs: the log has all of it, the answer nothing but that there was one."""

import logging
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schedrun.web.paths import path_of
from schedrun.web.problem import Problem

log = logging.getLogger(__name__)


class Failures:
    """Answers 500 in place of whatever raises; an answer that has begun is left unfinished."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_watched)
        except Exception:
            facts = {"event": "answer_failed", "method": scope["method"], "path": path_of(scope)}
            log.exception("Answering a request failed", extra=facts)
            if begun:
                raise
            await _bug().response()(scope, receive, send)


def _bug() -> Problem:
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "bug",
        detail="Answering met a bug.",
        remedy="The service's log tells more; please report it.",
    )
