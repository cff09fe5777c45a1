"""A state file for each test."""

from pathlib import Path

import pytest


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return where a state may come to be; its folder does not exist yet."""
    return tmp_path / "folder" / "state.db"
