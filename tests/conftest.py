"""What every test may ask for."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from schedrun.stores.writer import Writer
from tests.virtual import VirtualClock
from tests.watched_loop import WatchedLoop, watched_submit
from tests.web.chromium import MISSING

# No property fails because the machine does other work.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def anyio_backend(monkeypatch: pytest.MonkeyPatch) -> tuple[str, dict[str, Any]]:
    """Async tests run on a loop of asyncio that knows what its threads still do."""
    monkeypatch.setattr(Writer, "submit", watched_submit)
    return "asyncio", {"loop_factory": WatchedLoop}


@pytest.fixture
def clock() -> VirtualClock:
    """Return a virtual clock at noon of a Monday in June 2026, UTC; its timer is `clock.timer`."""
    return VirtualClock(datetime(2026, 6, 1, 12, tzinfo=UTC))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say below all summaries, and loudly, when the browser's tests were left out."""
    yield
    skipped = terminalreporter.stats.get("skipped", ())
    if any(MISSING in str(report.longrepr) for report in skipped):
        terminalreporter.write_sep("!", MISSING, red=True, bold=True)
