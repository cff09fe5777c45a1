"""The ASGI application: routes, guards and errors of one backend."""

from fastapi import FastAPI, Request
from starlette.responses import Response

from schedrun.web.backend import Backend
from schedrun.web.pages import errors, wiring
from schedrun.web.problem import Problem


def of(backend: Backend) -> FastAPI:
    """Return the application that answers for `backend`."""
    app = FastAPI(title="schedrun", docs_url=None, redoc_url=None)
    app.state.backend = backend
    app.add_exception_handler(Problem, _answer_problem)
    wiring.install(app)
    return app


async def _answer_problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return errors.page(request, problem) if errors.wants_page(request) else problem.response()
