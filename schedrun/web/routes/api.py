"""The API's routes, all below one path."""

from fastapi import APIRouter, Depends

from schedrun.web.parameters import said_once
from schedrun.web.routes import events, jobs, logs, runs, state

PATH = "/api/v1"
"""Below this path everything stands, for as long as programs may rely on it."""

router = APIRouter(prefix=PATH, dependencies=[Depends(said_once)])
for part in (state, jobs, runs, logs, events):
    router.include_router(part.router)
