"""Waiting for work, but not past the moment when the run must stop."""

import asyncio
from typing import Any


async def ended(work: asyncio.Future[Any], *, stop: asyncio.Event, seconds: float | None = None) -> bool:
    """Return True once `work` is done; False when `stop` is set or `seconds` have passed before that.

    The work itself is left alone, also when the caller is cancelled.
    """
    if work.done() or stop.is_set():
        return work.done()
    loop = asyncio.get_running_loop()
    over = loop.create_future()

    def end(_: object = None) -> None:
        if not over.done():
            over.set_result(None)

    # A task that waits for the event costs as much as all the rest here: its coroutine alone does as well. What it
    # hands out in its first step is the future that `set` resolves.
    stopping = stop.wait()
    stopped: asyncio.Future[Any] = stopping.send(None)
    alarm = None if seconds is None else loop.call_later(seconds, end)
    work.add_done_callback(end)
    stopped.add_done_callback(end)
    try:
        await over
    finally:
        work.remove_done_callback(end)
        stopping.close()
        if alarm is not None:
            alarm.cancel()
    return work.done()
