"""The dashboard of a real service in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.e2e.service import Project, Service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SOON = 60_000.0
"""Milliseconds within which what changed must show; far more than it takes, for machines that do other work."""


def start(project: Project, *arguments: str) -> tuple[Service, str]:
    """Start a service with its web on a free port; return it and its address."""
    service = project.start("--listen", "127.0.0.1:0", *arguments, SCHEDRUN_NO_WEB="")
    return service, str(service.wait_for("serving")["url"])


def token(project: Project) -> str:
    """Return the token that may operate."""
    line = next(line for line in _tokens(project) if line.startswith("operate "))
    return line.split()[1]


@contextmanager
def operating(browser: "Browser", project: Project, address: str, *, width: int = 1280) -> Iterator["Page"]:
    """Open a window of somebody who has followed the link that the first start gives."""
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=address)
    context.set_default_timeout(SOON)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"/login#{token(project)}")
    page.wait_for_url(f"{address}/")
    yield page
    context.close()
    assert [] == errors


def _tokens(project: Project) -> list[str]:
    return project.state.with_name(f"{project.state.name}.token").read_text(encoding="utf-8").splitlines()
