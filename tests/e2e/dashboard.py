"""The dashboard of a real service in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.e2e.service import Project, Service
from tests.web import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def start(project: Project, *, port: int = 0) -> tuple[Service, str]:
    """Start a service with its web on `port`, 0 for any; return it and its address."""
    service = project.start("--listen", f"127.0.0.1:{port}", SCHEDRUN_NO_WEB="")
    return service, str(service.wait_for("serving")["url"])


def token(project: Project) -> str:
    """Return the token that may operate."""
    line = next(line for line in _tokens(project) if line.startswith("operate "))
    return line.split()[1]


@contextmanager
def operating(browser: "Browser", project: Project, address: str, *, width: int = 1280) -> Iterator["Page"]:
    """Open a window of somebody who has followed the link that the first start gives."""
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=address)
    context.set_default_timeout(chromium.DEADLINE)
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
