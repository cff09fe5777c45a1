"""`/metrics`, for Prometheus and what reads its formats."""

import asyncio
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from schedrun.web import measures
from schedrun.web.access import Reading
from schedrun.web.backend import Asked
from schedrun.web.loop_lag import LoopLag
from schedrun.web.measures import OfProcess

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics(_caller: Reading, backend: Asked, request: Request) -> Response:
    """Tell the totals and how everything stands, from one snapshot."""
    from schedrun.web import families  # noqa: PLC0415  loads prometheus_client, which most services never need

    found = await backend.read(partial(measures.of, fires=backend.fires, now=backend.clock.now()))
    plan = await backend.plan()
    process = OfProcess(
        active=backend.process().role == "active",
        loop_lag=_lag(request).worst(asyncio.get_running_loop()),
        drift_jobs=None if plan is None else len(plan.effective),
    )
    # Ten thousand jobs take a while to write down: not on the event loop.
    accept = request.headers.get("accept", "")
    body, content_type = await asyncio.to_thread(families.text, found, process, accept=accept)
    return Response(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


def _lag(request: Request) -> LoopLag:
    found: LoopLag = request.app.state.loop_lag
    return found
