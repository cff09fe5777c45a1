"""Tests of what is answered over HTTP."""

from typing import Any

import pytest

from tests.web.streaming import WatchedLoop


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Run on a loop that knows what its threads still do."""
    return "asyncio", {"loop_factory": WatchedLoop}
