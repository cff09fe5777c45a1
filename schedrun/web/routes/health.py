"""`/healthz` and `/readyz`, for machines that know no token; why not is told to those who may read."""

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from schedrun.web.access import caller
from schedrun.web.documents import HealthDocument
from schedrun.web.health import Health
from schedrun.web.routes.described import probed

router = APIRouter(tags=["process"])


@router.get("/healthz", responses=probed(HealthDocument), summary="Whether the process works")
async def healthz(request: Request) -> JSONResponse:
    """Say whether the process works; where it does not, starting it anew may help."""
    return _answer(request, _health(request).faults())


@router.get("/readyz", responses=probed(HealthDocument), summary="Whether the process is ready")
async def readyz(request: Request) -> JSONResponse:
    """Say whether the process applies its manifests, and can read and write its ledger."""
    return _answer(request, await _health(request).hindrances())


def _health(request: Request) -> Health:
    found: Health = request.app.state.health
    return found


def _answer(request: Request, reasons: Sequence[str]) -> JSONResponse:
    said: dict[str, object] = {"ok": not reasons}
    if reasons and caller(request).scope is not None:
        said["reasons"] = list(reasons)
    return JSONResponse(said, HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK)
