"""What is applied, what would change, what comes: and making it so."""

import asyncio
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from schedrun.reconcile import apply_verb, removals_verb
from schedrun.render.agenda_json import agenda_view
from schedrun.render.plan_json import plan_view
from schedrun.render.status_json import whole_status_view
from schedrun.web import errors, questions, source
from schedrun.web.access import Operating, Reading
from schedrun.web.backend import Asked, Backend
from schedrun.web.documents import ForecastDocument, PlanDocument, StatusDocument
from schedrun.web.parameters import LONGEST_FORECAST, ForecastQuery, NoBody, NoQuery, RemovalsBody, key_of
from schedrun.web.problem import Problem
from schedrun.web.routes.described import answers

router = APIRouter(tags=["state"])

_ONE_DAY = timedelta(days=1)
_FOLLOWS_NONE = Problem(
    HTTPStatus.NOT_FOUND,
    "no_manifests",
    detail="This service follows no manifests: its jobs are declared in code.",
    remedy="Start it with `schedrun run manifests/`, or give the lifespan `manifests=[...]`.",
)


@router.get("/status", responses=answers(StatusDocument), summary="Whether all is applied")
async def status(_caller: Reading, backend: Asked, _query: NoQuery) -> Response:
    """Say whether the live jobs are what the manifests say, what is broken, and what is held back."""
    return JSONResponse(await _status(backend))


@router.get("/plan", responses=answers(PlanDocument, 404), summary="What applying would change")
async def plan(_caller: Reading, backend: Asked, _query: NoQuery) -> Response:
    """Compare the manifests with the recorded jobs now; change nothing."""
    found = await backend.plan()
    if found is None:
        raise _FOLLOWS_NONE
    return JSONResponse(plan_view(found))


@router.post("/sync", responses=answers(StatusDocument, 409, operates=True), summary="Apply the manifests now")
async def sync(caller: Operating, backend: Asked, _query: NoQuery, _body: NoBody) -> Response:
    """Reconcile once the manifests hold still, and say what is applied then."""
    await backend.ask(apply_verb.APPLY, {}, by=caller.name)
    return JSONResponse(await _status(backend))


@router.post(
    "/removals",
    responses=answers(StatusDocument, 409, operates=True),
    summary="Confirm removals that are held back",
)
async def removals(caller: Operating, backend: Asked, body: RemovalsBody, _query: NoQuery) -> Response:
    """Confirm exactly these removals. When one of them is not held back now, 409 names those that are."""
    jobs = sorted({key_of(name) for name in body.jobs})
    await backend.ask(removals_verb.CONFIRM_REMOVALS, {"jobs": jobs}, by=caller.name)
    return JSONResponse(await _status(backend))


@router.get("/forecast", responses=answers(ForecastDocument), summary="What comes")
async def forecast(_caller: Reading, backend: Asked, query: Annotated[ForecastQuery, Query()]) -> Response:
    """List what fires in at most 31 days; jobs that fire more than 1,000 times are only counted, in `dense`.

    Where more than 50,000 fires would be listed, the densest jobs are counted too.
    """
    now = backend.clock.now()
    begin = query.begin or now
    end = query.end or begin + _ONE_DAY
    _check_window(begin, end)
    found = await backend.read(
        lambda reader: questions.forecast(reader, fires=backend.fires, begin=begin, end=end, now=now)
    )
    return JSONResponse(agenda_view(found))


def _check_window(begin: datetime, end: datetime) -> None:
    if end <= begin:
        raise errors.invalid([("to", "must be after `from`")])
    if end - begin > LONGEST_FORECAST:
        raise errors.invalid([("to", "must be at most 31 days after `from`")])


async def _status(backend: Backend) -> dict[str, Any]:
    found = await backend.read(questions.synced)
    findings = [*(found.sync.broken if found.sync else ()), *found.unreadable]
    frames = await asyncio.to_thread(source.frames, findings) if findings else []
    process = backend.process()
    return {
        **whole_status_view(found.sync, found.unreadable, frames),
        "process": {"pid": process.pid, "role": process.role, "active_pid": process.active_pid},
    }
