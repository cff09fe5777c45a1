"""What the tests of targets share."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def app_dir(tmp_path: Path) -> Path:
    """Return the folder of an application: `isolated_app` as the module `tasks`."""
    shutil.copy(Path(__file__).with_name("isolated_app.py"), tmp_path / "tasks.py")
    return tmp_path
