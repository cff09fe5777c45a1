"""Waiting for work, but not past the moment when the run must stop."""

import asyncio
from typing import Any


async def ended(work: asyncio.Future[Any], *, stop: asyncio.Event, seconds: float | None = None) -> bool:
    """Return True once `work` is done; False when `stop` is set or `seconds` have passed before that.

    The work itself is left alone, also when the caller is cancelled.
    """
    if stop.is_set():
        return work.done()
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((work, stopping), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
    return work.done()
