"""What the end-to-end tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.service import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return a user's empty folder; what was started in it is ended after the test."""
    project = Project(tmp_path)
    yield project
    project.close()
