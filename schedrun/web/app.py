"""The ASGI application: routes, guards and errors of one backend."""

from fastapi import FastAPI

from schedrun.web import errors, openapi
from schedrun.web.backend import Backend
from schedrun.web.pages import wiring
from schedrun.web.routes import api


def of(backend: Backend) -> FastAPI:
    """Return the application that answers for `backend`."""
    app = FastAPI(title="schedrun", docs_url=None, redoc_url=None)
    app.state.backend = backend
    errors.install(app)
    app.include_router(api.router)
    wiring.install(app)
    openapi.describe(app)
    return app
