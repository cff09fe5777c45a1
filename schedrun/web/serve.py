"""The API and dashboard of `schedrun run`: a uvicorn server inside the service's own event loop."""

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from schedrun.service.service import Service
from schedrun.settings import DEFAULT_ADDRESS, Settings
from schedrun.web.listening import ListenError, Listening, listen

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

    from schedrun.web.tokens import TokenFile

log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 2
"""How long answers that are under way may take when the server ends."""


class WebServer:
    """What serves one service, from `start` to `stop`."""

    def __init__(self, settings: Settings, listening: Listening | None, *, why_not: ListenError | None = None) -> None:
        self._settings, self._listening, self._why_not = settings, listening, why_not
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._ends = False

    async def start(self, service: Service, *, user: str) -> str | None:
        """Serve what has started; return the address to log in at, with its token, None where nothing is served.

        The token file is made when there is none, for `user`. What is loaded for it is loaded on a thread: the jobs
        fire meanwhile. Raises TokenFileError when the file cannot be used.
        """
        if self._listening is None:
            facts = {"event": "web_not_served", "error": str(self._why_not)}
            log.warning("No API and no dashboard: the default address is taken", extra=facts)
            return None
        token = await asyncio.to_thread(self._load, service, user)
        assert self._server is not None  # it was loaded
        self._serving = asyncio.create_task(self._server.serve(sockets=self._listening.sockets), name="web")
        self._serving.add_done_callback(self._tell_end)
        url = self._settings.public_url or self._listening.url
        log.info("Serving", extra={"event": "serving", "url": url, "address": str(self._listening.address)})
        return url if token is None else f"{url}/login#{token}"

    async def stop(self) -> None:
        """End the streams, let other answers end for at most two seconds, and listen no more; idempotent."""
        self._ends = True
        if self._server is not None:
            self._server.should_exit = True
        if self._serving is not None:
            await asyncio.wait({self._serving})
        if self._listening is not None:
            self._listening.close()

    def _load(self, service: Service, user: str) -> str | None:
        """Make the server and the token file; return a token that may operate, None when the file has none."""
        from schedrun.web.access import Scope  # noqa: PLC0415  loading the framework takes half a second
        from schedrun.web.tokens import TokenFile  # noqa: PLC0415  as above

        file = TokenFile(self._settings.token_file)
        if file.create(user):
            log.info("Token made: it may operate", extra={"event": "token_file_made", "file": str(file.path)})
        tokens = file.load()
        self._server = _server(self._application(service, file))
        return next((token.secret for token in tokens if token.scope is Scope.OPERATE), None)

    def _application(self, service: Service, file: "TokenFile") -> "ASGIApp":
        from schedrun.web.create import guarded_by_tokens  # noqa: PLC0415  as above
        from schedrun.web.hosts import Origin  # noqa: PLC0415  as above
        from schedrun.web.prefixed import Prefixed  # noqa: PLC0415  as above

        public = self._settings.public_url
        origin = None if public is None else Origin.parse(public)
        app = guarded_by_tokens(service.live, service.upkeep, file, public=origin, ends=lambda: self._ends)
        prefix = "" if public is None else urlsplit(public).path
        return Prefixed(app, prefix) if prefix else app

    def _tell_end(self, serving: "asyncio.Task[None]") -> None:
        if self._ends or serving.cancelled():
            return
        facts = {"event": "web_ended", "error": str(serving.exception() or "the server returned")}
        log.error("The API and the dashboard are served no more; the jobs go on", extra=facts)


def prepare(settings: Settings) -> WebServer:
    """Listen where the settings say, so that nobody else does.

    Raises ListenError when an address that was asked for cannot be listened at; of the default one it is told when the
    server starts, and nothing is served.
    """
    try:
        return WebServer(settings, listen(settings.listen or DEFAULT_ADDRESS))
    except ListenError as error:
        if settings.listen is not None:
            raise
        return WebServer(settings, None, why_not=error)


def refuse_bad_tokens(settings: Settings) -> None:
    """Raise TokenFileError when there is a token file that cannot be used: before anything fires."""
    if os.path.lexists(settings.token_file):  # a link that leads nowhere is left alone, so no file would be made
        from schedrun.web.tokens import TokenFile  # noqa: PLC0415  only where there is one

        TokenFile(settings.token_file).load()


def _server(app: "ASGIApp") -> "uvicorn.Server":
    import uvicorn  # noqa: PLC0415  as above

    from schedrun.web.malformed import Http  # noqa: PLC0415  as above

    class Server(uvicorn.Server):
        """Leaves the signals to the service: it drains before it ends."""

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    return Server(
        uvicorn.Config(
            app,
            http=Http,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            # Who is behind a proxy is not on this machine, whatever the proxy says.
            proxy_headers=False,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )
