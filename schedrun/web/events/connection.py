"""Letting go of a client that takes nothing: ASGI has no word for that, uvicorn has a transport."""

from starlette.types import Receive


def abort(receive: Receive) -> None:
    """Close the connection without sending what waits for it, where the server lets us; else do nothing."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    abort_transport = getattr(transport, "abort", None)
    if callable(abort_transport):
        abort_transport()
