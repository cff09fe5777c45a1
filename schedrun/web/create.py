"""Making the application of a scheduler: an embedded one, or that of `schedrun run`."""

import logging
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI

from schedrun.protocols import Clock
from schedrun.scheduler.live import LiveScheduler
from schedrun.scheduler.task_scheduler import TaskScheduler
from schedrun.service.embedding import attended
from schedrun.service.upkeep import Upkeep
from schedrun.settings import Settings
from schedrun.web import app
from schedrun.web.app import Gate
from schedrun.web.callers import Authorize, ByApplication, ByToken
from schedrun.web.health import Health
from schedrun.web.hosts import Origin
from schedrun.web.live_backend import LiveBackend
from schedrun.web.session import Logins
from schedrun.web.streams import server_ends
from schedrun.web.tokens import Token, TokenFile, TokenFileError, Tokens

log = logging.getLogger(__name__)

OWN_NAME = "operator"
"""Who acts with the token that an embedded scheduler makes itself."""


def create_app(
    scheduler: TaskScheduler,
    *,
    token_file: str | Path | None = None,
    public_url: str | None = None,
    authorize: Authorize | None = None,
) -> FastAPI:
    """Return the API and dashboard of a scheduler, an application to be mounted in another.

    `app.mount("/schedrun", create_app(scheduler))` does it. A mounted application's lifespan never runs: start the
    scheduler with `create_scheduler_lifespan`. Until then the API answers 503. `token_file` holds lines
    `SCOPE TOKEN NAME`; without it the file beside the scheduler's state is used, and made where there is none; a ledger
    in memory has no tokens. `authorize(request)` decides instead of tokens: it returns None, "read" or "operate", or an
    awaitable of these. `public_url` is where browsers reach the host application, when not by localhost or an IP
    address.

    Raises TokenFileError when `token_file` cannot be used, ValueError for a `public_url` that is none, or when both
    tokens and `authorize` are given.
    """
    if token_file is not None and authorize is not None:
        raise ValueError("give either token_file or authorize: one of them says who may do what")
    live, public = scheduler.live, None if public_url is None else _origin(public_url)
    upkeep = attended(scheduler)
    if authorize is not None:
        gate = Gate(ByApplication(authorize), Health(live, upkeep), public=public)
        return app.of(LiveBackend(live, upkeep), gate)
    return guarded_by_tokens(live, upkeep, _tokens(live, token_file), public=public)


def guarded_by_tokens(
    live: LiveScheduler,
    upkeep: Upkeep,
    known: Tokens,
    *,
    public: Origin | None,
    ends: Callable[[], bool] = server_ends,
) -> FastAPI:
    """Return the application of a live scheduler that tells its callers by tokens."""
    clock: Clock = live.clock
    logins = Logins(known, clock, is_secure=public is not None and public.scheme == "https")
    gate = Gate(ByToken(known, clock), Health(live, upkeep), logins, public, ends)
    return app.of(LiveBackend(live, upkeep), gate)


def _origin(public_url: str) -> Origin:
    origin = Origin.parse(public_url)
    if origin is None:
        raise ValueError(f"public_url is a URL such as https://jobs.example.com, not {public_url!r}")
    if not origin.host.isascii():
        raise ValueError(f"public_url has its host in ASCII, as browsers send it (xn--...), not {public_url!r}")
    return origin


def _tokens(live: LiveScheduler, token_file: str | Path | None) -> Tokens:
    if token_file is not None:
        file = TokenFile(Path(token_file))
        file.load()
        return file
    return NoTokens() if live.state is None else OwnTokens(TokenFile(Settings(state=live.state).token_file))


class NoTokens:
    """`Tokens` of a ledger in memory: nobody may act, and only this machine may read."""

    def valid(self) -> tuple[Token, ...]:
        """See `Tokens.valid`."""
        return ()


class OwnTokens:
    """`Tokens` of a file that is made once, when the folder of the state is there; one that is deleted stays gone."""

    def __init__(self, file: TokenFile) -> None:
        self._file, self._made = file, False

    def valid(self) -> tuple[Token, ...]:
        """See `Tokens.valid`."""
        if not self._made and self._file.path.parent.is_dir():
            self._made = True
            self._make()
        return self._file.valid()

    def _make(self) -> None:
        facts = {"event": "token_file_made", "file": str(self._file.path)}
        try:
            if self._file.create(OWN_NAME):
                log.info("Token made: it may operate", extra=facts)
        except TokenFileError as error:
            facts = {"event": "token_file_unusable", "error": str(error)}
            log.error("No token made: nobody can operate", extra=facts)  # noqa: TRY400  the error says it whole
