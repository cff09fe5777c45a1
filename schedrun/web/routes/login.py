"""Logging a browser in and out: a token for a cookie that names it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from schedrun.web import session
from schedrun.web.callers import wrong_token
from schedrun.web.hosts import Origin
from schedrun.web.paths import root_of
from schedrun.web.problem import Problem
from schedrun.web.routes.described import bare
from schedrun.web.session import Logins
from schedrun.web.tokens import LONGEST

router = APIRouter(tags=["process"])

_LOGGED_IN = "The cookie of a session, which lasts 12 hours."
_LOGGED_OUT = "The cookie is taken back; whether there was one is not said."


class LoginBody(BaseModel):
    """What a browser logs in with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: Annotated[str, Field(min_length=1, max_length=LONGEST)]


@router.post(
    "/login",
    status_code=HTTPStatus.NO_CONTENT,
    responses=bare(_LOGGED_IN, 404),
    summary="Log a browser in",
)
async def log_in(request: Request, body: LoginBody) -> Response:
    """Take a token, and give the browser a session of it."""
    logins: Logins | None = request.app.state.logins
    if logins is None:
        raise Problem(
            HTTPStatus.NOT_FOUND,
            "no_login",
            detail="Nobody logs in here: the application around this one says who may do what.",
            remedy="Log in to the application.",
        )
    host = _host(request)
    value = logins.open(body.token.strip(), host=host)
    if value is None:
        raise wrong_token()
    answer = Response(status_code=HTTPStatus.NO_CONTENT)
    answer.set_cookie(
        session.name_of(host),
        value,
        max_age=int(session.LIFETIME.total_seconds()),
        path=root_of(request.scope) or "/",
        secure=logins.is_secure or request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT, responses=bare(_LOGGED_OUT), summary="Log a browser out")
async def log_out(request: Request) -> Response:
    """Take the session from the browser."""
    answer = Response(status_code=HTTPStatus.NO_CONTENT)
    answer.delete_cookie(
        session.name_of(_host(request)), path=root_of(request.scope) or "/", httponly=True, samesite="strict"
    )
    return answer


def _host(request: Request) -> Origin:
    host = Origin.of_host(request.url.scheme, request.headers["host"])
    assert host is not None  # the guard lets no other pass
    return host
