"""What the tests of import and export share."""

from datetime import timedelta

import pytest

from schedrun.convert import proof


@pytest.fixture
def _short_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at quick schedules on one day beside the changes of the clocks, not on fourteen."""
    monkeypatch.setattr(proof, "_SAMPLE", timedelta(days=1))
