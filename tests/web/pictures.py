"""Pictures of every page, both widths, both schemes: `python -m tests.web.pictures FOLDER [WORD...]`.

Words name pages, or say how: with `fold` pictures show no more than a window does, with `reader` what somebody sees who
may only look, with `broken` a file is broken and edits are applied, with `edited` edits are still to be applied.
"""

import contextlib
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from schedrun.web import app
from tests.web import chromium, filled
from tests.web.backend import OPERATOR, READER
from tests.web.serving import guarded, served

PAGES = {
    "overview": "/",
    "jobs": "/jobs",
    "job": "/jobs/billing/fx-rates",
    "paused": "/jobs/data/export-partners",
    "runs": "/runs",
    "run": "/runs/3f9ac1d27be0446a1c5e",
    "plan": "/plan",
    "login": "/login",
    "missing": "/nowhere",
    "late": "/jobs/ops/backup-verify",
}
if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage

WIDTHS = {"wide": (1280, 900), "narrow": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


HOW = {"fold", "reader", "broken", "edited"}


def main(folder: Path, words: set[str]) -> None:
    """Write the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    names = words - HOW or set(PAGES)
    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):

        async def make() -> Any:
            manifests = Path("manifests")
            backend = await filled.filled(manifests)
            if words & {"broken", "edited"}:
                filled.edit(manifests)
            if "broken" in words:
                filled.break_a_file(manifests)
                await backend.reconcile()
            return guarded(app.of(backend), READER if "reader" in words else OPERATOR)

        with served(make) as address, chromium.browser() as browser:
            for scheme in SCHEMES:
                for width, (x, y) in WIDTHS.items():
                    context = browser.new_context(viewport={"width": x, "height": y}, color_scheme=scheme)
                    page = context.new_page()
                    page.on("console", _tell)
                    for name in sorted(names):
                        page.goto(address + PAGES[name])
                        page.wait_for_function("document.getElementById('live').dataset.state !== 'lost'")
                        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page="fold" not in words)
                    context.close()


def _tell(message: "ConsoleMessage") -> None:
    sys.stdout.write(f"{message.type}: {message.text}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), set(sys.argv[2:]))
