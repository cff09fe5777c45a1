"""Who may do what: a caller's scope, and the dependencies by which a route says which one it needs."""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request

from schedrun.web.problem import Problem


class Scope(StrEnum):
    """What a caller may do; who may operate may read."""

    READ = "read"
    OPERATE = "operate"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `name` is the `by` of what they do; `scope` None may only be told what everybody is."""

    name: str
    scope: Scope | None


def caller(request: Request) -> Caller:
    """Return who asks, as the guard before the routes has found out."""
    known = request.scope.get("schedrun.caller")
    assert isinstance(known, Caller)  # the guard lets nothing pass without one
    return known


def may_read(request: Request) -> Caller:
    """Return who asks. Raises Problem 401 for one who may not read."""
    known = caller(request)
    if known.scope is None:
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "token_needed",
            detail="This needs a token.",
            remedy="Send `Authorization: Bearer TOKEN`, or log in at /login.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return known


def may_operate(request: Request) -> Caller:
    """Return who asks. Raises Problem 401 for one who may not read, 403 for one who may only read."""
    known = may_read(request)
    if known.scope is not Scope.OPERATE:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "scope_too_small",
            detail="This needs a token with the scope `operate`.",
            remedy="Use a token whose line in the token file begins with `operate`.",
        )
    return known


# Asynchronous: FastAPI runs other dependencies on a thread, which costs more than the queries of a page.
async def _reading(request: Request) -> Caller:
    return may_read(request)


async def _operating(request: Request) -> Caller:
    return may_operate(request)


Reading = Annotated[Caller, Depends(_reading)]
"""The caller of a route that needs read access."""

Operating = Annotated[Caller, Depends(_operating)]
"""The caller of a route that changes something."""
