"""Bugs: the log has all of it, the answer nothing but that there was one."""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schedrun.web.paths import path_of
from schedrun.web.problem import Problem

log = logging.getLogger(__name__)


class Failures:
    """Answers 500 in place of whatever raises, and 503 in place of what a server that `ends` does not wait for.

    An answer that has begun is left unfinished.
    """

    def __init__(self, app: ASGIApp, *, ends: Callable[[], bool] = lambda: False) -> None:
        self._app, self._ends = app, ends

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
        except asyncio.CancelledError:
            if begun or not self._ends():
                raise
            await _ending().response()(scope, receive, send)
        except Exception:
            facts = {"event": "answer_failed", "method": scope["method"], "path": path_of(scope)}
            log.exception("Answering a request failed", extra=facts)
            if begun:
                raise
            await _bug().response()(scope, receive, send)


def _ending() -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "server_ends",
        detail="The server ends, and does not wait for this any longer.",
        remedy="Look what has become of it, and try again.",
        headers={"Retry-After": "5"},
    )


def _bug() -> Problem:
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "bug",
        detail="Answering met a bug.",
        remedy="The service's log tells more; please report it.",
    )
