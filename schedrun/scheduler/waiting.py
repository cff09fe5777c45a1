"""Waiting for a hint or a moment, whichever comes first: how tasks beside the runs pass the time."""

import asyncio
from typing import Any

from schedrun.protocols import Clock


async def for_hint(hint: asyncio.Event, *, clock: Clock, seconds: float | None) -> None:
    """Return when `hint` is set, or after so many seconds of `clock`; None waits for the hint alone."""
    waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(hint.wait())]
    if seconds is not None:
        waits.append(asyncio.ensure_future(clock.sleep(seconds)))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
