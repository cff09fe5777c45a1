"""A backend with manifests, and a client that may do everything."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.web.backend import StoreBackend, client
from tests.web.routes.rig import a_backend


@pytest.fixture
async def backend(tmp_path: Path) -> StoreBackend:
    """Apply two manifests."""
    return await a_backend(tmp_path)


@pytest.fixture
async def api(backend: StoreBackend) -> AsyncIterator[httpx.AsyncClient]:
    """Open the client; paths are below /api/v1."""
    async with client(backend) as opened:
        opened.base_url = httpx.URL("http://localhost/api/v1")
        yield opened
