"""Debian's Chromium, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
"""Where it is, None on a machine without it."""

DEADLINE = 120_000.0
"""Milliseconds after which what a page should show will not show; generous, for machines that do other work."""

MISSING = "no Chromium was found: what people see in a browser was NOT tested (apt-get install chromium)"

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def browser() -> Iterator["Browser"]:
    """Open a browser that asks nothing of the outside; what is expected of its pages may take until the deadline."""
    from playwright.sync_api import expect, sync_playwright

    assert PROGRAM is not None, MISSING
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=PROGRAM, args=list(_ARGUMENTS), timeout=DEADLINE)
        expect.set_options(timeout=DEADLINE)
        yield opened
        opened.close()
