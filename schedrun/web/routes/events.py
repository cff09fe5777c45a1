"""What is new, while it happens."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from schedrun.web.access import Reading
from schedrun.web.backend import Asked
from schedrun.web.events.hub import Hub
from schedrun.web.events.wire import EventStream
from schedrun.web.parameters import NoQuery
from schedrun.web.routes.described import streams

router = APIRouter(tags=["events"])


async def _hub(request: Request) -> Hub:
    """Return the one hub of the application."""
    found: Hub = request.app.state.hub
    return found


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses=streams(
        "`reset` comes first, and says that anything may be new: ask for it again. Then `sync`, `job` `{job}` and "
        "`run` `{run, job, status}`, within a second of what they tell of; `reset` again where too much happened to "
        "name it, or where the client is slower than it happens. A comment after 15 s of silence."
    ),
    summary="What is new",
)
async def events(_caller: Reading, backend: Asked, hub: Annotated[Hub, Depends(_hub)], _query: NoQuery) -> Response:
    """Tell what changes in the ledger, whichever process changes it; nothing is kept for who was not there."""
    return EventStream(hub.events(), clock=backend.clock)
