"""A run that prints."""

from pathlib import Path

import pytest

from tests.web.logs.ledger import Printing


@pytest.fixture
async def run(tmp_path: Path) -> Printing:
    """Give a run that was just started."""
    printing = Printing(tmp_path)
    await printing.queue()
    await printing.start()
    return printing
