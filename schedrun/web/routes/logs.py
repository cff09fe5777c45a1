"""What runs print: a part of it, and all of it while it is printed."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response, StreamingResponse

from schedrun.web.access import Reading
from schedrun.web.backend import Asked
from schedrun.web.documents import LogDocument
from schedrun.web.events.wire import EventStream
from schedrun.web.logs import following
from schedrun.web.logs.part import part
from schedrun.web.parameters import LastEventId, LogQuery, LogStreamQuery, RunPath
from schedrun.web.routes.described import answers, streams

router = APIRouter(prefix="/runs/{id}/log", tags=["runs"])


@router.get("", responses=answers(LogDocument, 404), summary="What a run printed")
async def log(_caller: Reading, backend: Asked, run_id: RunPath, query: Annotated[LogQuery, Query()]) -> Response:
    """Show a part of what an attempt printed, cut between characters; secrets are masked, as in the ledger.

    Offsets count bytes of that text in UTF-8. Where the run goes on, ask again from `next_offset`.
    """
    found = await part(backend, run_id, attempt=query.attempt, offset=query.offset, limit=query.limit)
    return JSONResponse(found._asdict())


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses=streams(
        "`output` `{text, offset}` from the first byte or from `Last-Event-ID` on, which is the offset behind an "
        "event's text; `end` `{status}` once the attempt has ended, with `next_attempt` where the run goes on to "
        "another one. A comment after 15 s of silence.",
        404,
    ),
    summary="What a run prints",
)
async def stream(
    _caller: Reading,
    backend: Asked,
    run_id: RunPath,
    query: Annotated[LogStreamQuery, Query()],
    last_event_id: LastEventId = None,
) -> Response:
    """Tell what an attempt prints, while it does: the last one, or the one that is named, also if it comes next."""
    offset = 0 if last_event_id is None else int(last_event_id)
    return EventStream(following.events(backend, run_id, attempt=query.attempt, offset=offset), clock=backend.clock)
