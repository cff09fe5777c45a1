"""A filled service in front of a browser. Without Chromium nothing here runs, and the last lines of pytest say so."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from schedrun.web import app
from tests.web import chromium, filled
from tests.web.backend import OPERATOR, READER
from tests.web.serving import guarded, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none."""
    if chromium.PROGRAM is None:
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=chromium.MISSING))


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Open Chromium once a module: while it is open its driver keeps a loop in this thread, and others need one too."""
    with chromium.browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def operated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a filled service to somebody who may operate it; yield its address."""
    yield from _served(tmp_path_factory.mktemp("operated"), operator=True)


@pytest.fixture(scope="module")
def acted_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a filled service that a module's tests may change; yield its address."""
    yield from _served(tmp_path_factory.mktemp("acted-on"), operator=True)


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a filled service to somebody who may only look; yield its address."""
    yield from _served(tmp_path_factory.mktemp("looked-at"), operator=False)


def _served(folder: Path, *, operator: bool) -> Iterator[str]:
    async def make() -> Any:
        backend = await filled.filled(folder / "manifests", history=filled.SHORT)
        filled.break_a_file(folder / "manifests")
        filled.edit(folder / "manifests")
        await backend.reconcile()
        return guarded(app.of(backend), OPERATOR if operator else READER)

    with served(make) as address:
        yield address
