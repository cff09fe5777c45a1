"""What ASGI has no word for and uvicorn has a transport: what waits for a client, and letting go of one."""

import asyncio
from typing import Any

from starlette.types import Receive

LOOK_SECONDS = 0.05


def abort(receive: Receive) -> None:
    """Close the connection without sending what waits for it, where the server lets us; else do nothing."""
    abort_transport = getattr(_transport(receive), "abort", None)
    if callable(abort_transport):
        abort_transport()


async def taken(receive: Receive, *, patience: float) -> bool:
    """Return True once nothing waits to be sent, False after `patience` seconds in which the client took nothing.

    Where the server does not say what waits, nothing does.
    """
    waits, in_vain = _waiting(receive), 0
    while waits and in_vain * LOOK_SECONDS < patience:
        await asyncio.sleep(LOOK_SECONDS)
        before, waits = waits, _waiting(receive)
        in_vain = in_vain + 1 if waits == before else 0
    return not waits


def _waiting(receive: Receive) -> int:
    """Return how many bytes were sent that the system's own buffers have no room for."""
    size = getattr(_transport(receive), "get_write_buffer_size", None)
    return int(size()) if callable(size) else 0


def _transport(receive: Receive) -> Any:
    return getattr(getattr(receive, "__self__", None), "transport", None)
