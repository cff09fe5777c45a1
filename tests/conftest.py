"""What every test may ask for."""

from datetime import UTC, datetime

import pytest

from tests.virtual import VirtualClock


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio."""
    return "asyncio"


@pytest.fixture
def clock() -> VirtualClock:
    """Return a virtual clock at noon of a Monday in June 2026, UTC; its timer is `clock.timer`."""
    return VirtualClock(datetime(2026, 6, 1, 12, tzinfo=UTC))
