"""Problems as pages, for who asked for a page."""

from http import HTTPStatus

from fastapi import Request
from starlette.responses import Response

from schedrun.web.access import Caller
from schedrun.web.pages import frame, paths
from schedrun.web.problem import Problem


def wants_page(request: Request) -> bool:
    """Whether the request is that of a browser for a page, not that of a program."""
    if request.method not in {"GET", "HEAD"}:
        return False
    path = request.url.path.removeprefix(paths.root(request))
    of_programs = path.startswith((f"{paths.API}/", "/metrics", "/static/"))
    return not of_programs and "text/html" in request.headers.get("accept", "")


def page(request: Request, problem: Problem) -> Response:
    """Return the problem as a page that looks like the others, with its status and headers."""
    known = request.scope.get("schedrun.caller")
    caller = known if isinstance(known, Caller) else Caller("", None)
    now = request.app.state.backend.clock.now()
    around = frame.of(request, caller, here="", title=problem.status.phrase, now=now)
    answer = frame.answer(
        "problem.html",
        around,
        {"problem": problem, "needs_token": problem.status is HTTPStatus.UNAUTHORIZED},
        status=problem.status,
    )
    answer.headers.update(problem.headers)
    return answer
