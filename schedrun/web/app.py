"""The ASGI application: routes, errors and pages of one backend, and what guards them."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI

from schedrun.web import errors, openapi
from schedrun.web.backend import Backend
from schedrun.web.callers import Callers
from schedrun.web.events.hub import Hub
from schedrun.web.failures import Failures
from schedrun.web.guard import Guard
from schedrun.web.head import Head
from schedrun.web.health import Health
from schedrun.web.hosts import Origin
from schedrun.web.loop_lag import LoopLag
from schedrun.web.pages import assets
from schedrun.web.pages import routes as pages
from schedrun.web.pages.errors import DressedErrors
from schedrun.web.pages.outlook import Outlook
from schedrun.web.routes import api, health, login, metrics
from schedrun.web.safe_headers import SafeHeaders
from schedrun.web.session import Logins
from schedrun.web.streams import Streams, server_ends
from schedrun.web.views import Views

ROUTERS = (api.router, metrics.router, pages.router, assets.router)
"""Every router that asks the backend and nothing else."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What guards an application: who asks, where browsers reach it, and when its server is about to end.

    `logins` is None where nobody logs in here, `public` where only local names lead here.
    """

    callers: Callers
    health: Health
    logins: Logins | None = None
    public: Origin | None = None
    ends: Callable[[], bool] = server_ends


def of(backend: Backend, gate: Gate | None = None) -> FastAPI:
    """Return the application that answers for `backend`; without a gate, whoever calls it says who asks."""
    # A redirect would go by the scheme that is spoken here, not by the one that browsers speak with a proxy.
    app = FastAPI(title="schedrun", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.backend, app.state.loop_lag = backend, LoopLag()
    app.state.views, app.state.hub, app.state.outlook = Views(backend.fires), Hub(backend), Outlook()
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    openapi.describe(app)
    if gate is None:
        app.add_middleware(DressedErrors)
    else:
        _guard(app, gate, backend)
    return app


def _guard(app: FastAPI, gate: Gate, backend: Backend) -> None:
    app.state.health, app.state.logins = gate.health, gate.logins
    app.include_router(health.router)
    app.include_router(login.router)
    # The one that is added last is the outermost.
    app.add_middleware(Streams, ends=gate.ends)
    app.add_middleware(Guard, callers=gate.callers, monotonic=backend.clock.monotonic, public=gate.public)
    app.add_middleware(Head)
    app.add_middleware(Failures, ends=gate.ends)
    app.add_middleware(DressedErrors)
    app.add_middleware(Failures, ends=gate.ends)  # the page of an error may have a bug of its own
    app.add_middleware(SafeHeaders)
