"""A guarded application of a scheduler in memory and virtual time, and clients of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx

from schedrun import SchedulerConfig, TaskScheduler
from tests.virtual import VirtualClock

T = TypeVar("T")

OPERATE = "0perate" * 6
READ = "read5" * 8
BEARER = {"Authorization": f"Bearer {OPERATE}"}
READER = {"Authorization": f"Bearer {READ}"}
LOOPBACK = ("127.0.0.1", 50_000)
ELSEWHERE = ("192.0.2.7", 50_000)


def token_file(folder: Path, text: str = f"operate {OPERATE} ops\nread {READ} guest\n", *, mode: int = 0o600) -> Path:
    """Write a token file and return where."""
    path = folder / "tokens"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def a_scheduler(clock: VirtualClock, state: Path | None = None) -> TaskScheduler:
    """Return a scheduler with one job, `beat`, that is not started."""
    scheduler = TaskScheduler(SchedulerConfig(state=state), clock=clock, timer=clock.timer)

    @scheduler.interval(minutes=5, job_id="beat")
    async def beat() -> None: ...

    return scheduler


@asynccontextmanager
async def browser(
    app: Any, *, peer: tuple[str, int] | None = LOOPBACK, base: str = "http://localhost:8321"
) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client of the application that comes from `peer`; it keeps cookies."""
    transport = httpx.ASGITransport(app, client=peer, raise_app_exceptions=False)  # type: ignore[arg-type]  # None is a peer without an address
    async with httpx.AsyncClient(transport=transport, base_url=base) as opened:
        yield opened


async def turned_true(ask: Callable[[], Awaitable[T]]) -> T:
    """Return the first answer that is true; threads have their turn in between, and time stands still."""
    for _ in range(5_000):
        if answer := await ask():
            return answer
        await asyncio.sleep(0.002)
    raise AssertionError("it never came to be true")
