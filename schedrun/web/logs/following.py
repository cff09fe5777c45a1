"""Following what an attempt prints, until it has ended."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any

from schedrun.core.errors import RunNotFoundError, StoreError
from schedrun.web.backend import Backend
from schedrun.web.events import wire
from schedrun.web.logs import output
from schedrun.web.logs.output import Output, Standing
from schedrun.web.logs.part import check_attempt, part
from schedrun.web.logs.text import Counted

LOOK_SECONDS = 0.2
LOOK_ANYWAY_SECONDS = 15.0
"""How long a version that stays the same is believed."""


async def events(backend: Backend, run_id: str, *, attempt: int | None, offset: int) -> AsyncGenerator[bytes, None]:
    """Yield `output` from the byte `offset` on, as it comes, and `end`.

    Raises before its first yield RunNotFoundError, StoreError, and Problem 422 for an offset beyond what there is, or
    for an attempt that is not the next one at most.
    """
    version = backend.version()
    standing = await output.standing(backend, run_id, attempt=attempt)
    check_attempt(standing, latest=max(standing.run.attempt + standing.run.status.active, 1))
    if offset:
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
    while (piece := await _finished(asyncio.ensure_future(asyncio.to_thread(next, pieces, None)))) is not None:
        yield piece


async def _finished(work: asyncio.Future[Any]) -> Any:
    """Return the result; a caller who is cancelled waits for it too, since a thread goes on and uses the file."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait({work})
        raise


def _end(standing: Standing) -> dict[str, Any]:
    follows = standing.next_attempt
    return {"status": standing.status} | ({} if follows is None else {"next_attempt": follows})
