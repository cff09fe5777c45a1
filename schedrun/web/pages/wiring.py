"""How the pages come into an application."""

from fastapi import FastAPI

from schedrun.web.pages import assets, routes
from schedrun.web.pages.errors import DressedErrors


def install(app: FastAPI) -> None:
    """Give the application every page, what they load, and errors that look like them."""
    app.include_router(assets.router)
    app.include_router(routes.router)
    app.add_middleware(DressedErrors)
