"""What every test may ask for."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from schedrun.stores import peek
from schedrun.stores.writer import Writer
from tests.virtual import VirtualClock
from tests.watched_loop import WatchedLoop, watched_submit
from tests.web.chromium import MISSING

# What a developer or a CI service likes to see must not change what commands print here.
for _colours in ("FORCE_COLOR", "NO_COLOR"):
    os.environ.pop(_colours, None)

# No property fails because the machine does other work.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Spread the files that wait for real processes among the others where several workers share them.

    Each worker begins with a stretch of the list of its own: in the order of paths one of them would have all the
    files that wait, and the rest of the machine would stand idle in the end.
    """
    if not hasattr(config, "workerinput"):
        return
    files = [list(tests) for _, tests in groupby(items, lambda item: item.path)]
    waiting = [tests for tests in files if tests[0].get_closest_marker("real_time")]
    working = [tests for tests in files if not tests[0].get_closest_marker("real_time")]
    placed = sorted([*_evenly(waiting), *_evenly(working)], key=itemgetter(0))
    items[:] = [item for _, tests in placed for item in tests]


def _evenly(files: Sequence[list[pytest.Item]]) -> Iterator[tuple[float, list[pytest.Item]]]:
    """Yield each file with its place in the list, from 0 to 1."""
    starts = accumulate(map(len, files), initial=0)
    total = sum(map(len, files))
    yield from ((start / total, tests) for start, tests in zip(starts, files, strict=False))


@pytest.fixture(autouse=True)
def closes_what_was_looked_into() -> Iterator[None]:
    """Close what a process keeps open of each state: a worker looks into more of them than it may have files."""
    before = set(peek._kept)
    yield
    for file in set(peek._kept) - before:
        os.close(peek._kept.pop(file))


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
