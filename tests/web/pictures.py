"""Pictures of every page, both widths, both schemes: `python -m tests.web.pictures FOLDER [fold] [reader] [PAGE...]`.

With `fold` they show no more than a window does, with `reader` what somebody sees who may only look.
"""

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
}
if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage

WIDTHS = {"wide": (1280, 900), "narrow": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def main(folder: Path, names: list[str]) -> None:
    """Write the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        manifests = Path(scratch) / "manifests"

        async def make() -> Any:
            backend = await filled.filled(manifests)
            filled.break_a_file(manifests)
            filled.edit(manifests)
            await backend.reconcile()
            return guarded(app.of(backend), READER if "reader" in names else OPERATOR)

        with served(make) as address, chromium.browser() as browser:
            for scheme in SCHEMES:
                for width, (x, y) in WIDTHS.items():
                    context = browser.new_context(viewport={"width": x, "height": y}, color_scheme=scheme)
                    page = context.new_page()
                    page.on("console", _tell)
                    for name, path in PAGES.items():
                        if not set(names) - {"reader", "fold"} or name in names:
                            page.goto(address + path)
                            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page="fold" not in names)
                    context.close()


def _tell(message: "ConsoleMessage") -> None:
    sys.stdout.write(f"{message.type}: {message.text}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
