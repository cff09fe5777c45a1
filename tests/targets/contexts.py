"""What targets are told in tests, and a way to wait for what another process does."""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from schedrun.core.spec.policy import Isolation
from schedrun.protocols import RunContext

RUN_ID = f"{os.getpid():020x}"
"""One of this process alone: tests that run beside it end the processes of their own runs, and find them by this."""

FIRE_TIME = datetime(2026, 3, 1, 4, 17, tzinfo=UTC)


def run_context(
    *,
    stop: asyncio.Event | None = None,
    kill_after: float = 10.0,
    timeout: float | None = None,
    isolation: Isolation = Isolation.INLINE,
    memory_limit: int | None = None,
    retried: tuple[str, ...] = (),
) -> RunContext:
    """Return the context of the second attempt of a run."""
    return RunContext(
        job="billing/close-day",
        run_id=RUN_ID,
        attempt=2,
        fire_time=FIRE_TIME,
        stop=stop or asyncio.Event(),
        kill_after=kill_after,
        timeout=timeout,
        isolation=isolation,
        memory_limit=memory_limit,
        retried=retried,
    )


async def until(holds: Callable[[], bool]) -> None:
    """Return once `holds()`; what another process or thread does has no event here."""
    async with asyncio.timeout(120):
        while not holds():  # noqa: ASYNC110  see above
            await asyncio.sleep(0.005)


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def dead(pid: int) -> bool:
    """Whether the process has ended."""
    return not alive(pid)
