"""A run that prints."""

from pathlib import Path

import pytest

from tests.web.logs.ledger import Printing


@pytest.fixture
async def run(tmp_path: Path) -> Printing:
    """Give a run that was just started."""
    return await Printing.started(tmp_path)
