"""A window on a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from tests.web.chromium import DEADLINE
from tests.web.pictures import WIDTHS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@contextmanager
def opened(
    browser: "Browser", address: str, *, width: str = "wide", scheme: Scheme = "light", allowed: str = "404"
) -> Iterator["Page"]:
    """Open a window; the end fails when a page logged an error, answers of the status `allowed` left aside."""
    x, y = WIDTHS[width]
    context = browser.new_context(viewport={"width": x, "height": y}, color_scheme=scheme, base_url=address)
    context.set_default_timeout(DEADLINE)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert [] == [error for error in errors if allowed not in error and "404" not in error]


def ask_to_pause(page: "Page", *, until: str) -> None:
    """Fill the dialog for a pause on a job's page and press its button; `until` is a local reading."""
    page.get_by_role("button", name="Pause").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("x")
    dialog.get_by_label("Until").fill(until)
    dialog.get_by_role("button", name="Pause").click()


def scrolling_sideways(page: "Page", *widths: int) -> list[int]:
    """Return the widths of the window, in pixels, in which the page is wider than it."""
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(width)
    return found
