"""How the pages come into an application."""

from fastapi import FastAPI

from schedrun.web.pages import assets, routes


def install(app: FastAPI) -> None:
    """Give the application every page and what they load."""
    app.include_router(assets.router)
    app.include_router(routes.router)
