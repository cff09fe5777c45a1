"""Following what an attempt prints, until it has ended."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from schedrun.core.errors import RunNotFoundError, StoreError
from schedrun.web.backend import Backend
from schedrun.web.events import wire
from schedrun.web.logs import output
from schedrun.web.logs.output import Output, OutputUnreadableError, Standing
from schedrun.web.logs.part import check_attempt, part
from schedrun.web.logs.text import Counted

T = TypeVar("T")

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
LOOK_ANYWAY_SECONDS = 15.0
"""How long a version that stays the same is believed."""

_THREADS = ThreadPoolExecutor(2, thread_name_prefix="schedrun-log-follow")
"""Of their own: each of the streams reads a little at a time, and waits for no other kind of work."""


async def events(backend: Backend, run_id: str, *, attempt: int | None, offset: int) -> AsyncGenerator[bytes, None]:
    """Yield `output` from the byte `offset` on, as it comes, and `end`.

    Raises before its first yield RunNotFoundError, StoreError, and Problem 422 for an offset beyond what there is, or
    for an attempt that is not the next one at most.
    """
    version = backend.version()
    standing = await output.standing(backend, run_id, attempt=attempt)
    check_attempt(standing, latest=max(standing.run.attempt + standing.run.status.active, 1))
    if offset or standing.number <= max(standing.run.attempt, 1):
        await part(backend, run_id, attempt=standing.number, offset=offset, limit=1)
    yield wire.BEGIN
    printed, counted = Output(backend.logs_dir, run_id, attempt=standing.number), Counted(offset)
    try:
        async for now in _standings(backend, standing, version):
            async for begin, text in _on_threads(counted.from_offset(printed.new(now))):
                yield wire.event("output", {"text": text, "offset": begin}, last=begin + len(text.encode()))
            if now.over:
                yield wire.event("end", _end(now))
                return
    except OutputUnreadableError as error:
        log.warning("A log is followed no more", extra={"event": "log_unreadable", "run": run_id, "error": str(error)})
    finally:
        printed.close()


async def _standings(backend: Backend, first: Standing, version: int) -> AsyncIterator[Standing]:
    """Yield how far the attempt is, again and again, until the run is forgotten."""
    standing, clock = first, backend.clock
    asked = clock.monotonic()
    while True:
        yield standing
        await clock.sleep(LOOK_SECONDS)
        now = backend.version()
        if now == version and clock.monotonic() - asked < LOOK_ANYWAY_SECONDS:
            continue
        try:
            standing = await output.standing(backend, first.run.id, attempt=first.number)
        except RunNotFoundError:
            return
        except StoreError:
            continue  # what it prints can be followed all the same
        version, asked = now, clock.monotonic()


async def _on_threads(pieces: Iterator[tuple[int, str]]) -> AsyncIterator[tuple[int, str]]:
    """Yield what an iterator gives that blocks."""
    loop = asyncio.get_running_loop()
    while (piece := await _finished(loop.run_in_executor(_THREADS, next, pieces, None))) is not None:
        yield piece


async def _finished(work: asyncio.Future[T]) -> T:
    """Return the result; a caller who is cancelled waits for it too, since a thread goes on and uses the file."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise


def _end(standing: Standing) -> dict[str, Any]:
    follows = standing.next_attempt
    return {"status": standing.status} | ({} if follows is None else {"next_attempt": follows})
