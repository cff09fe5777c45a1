"""Every error as a problem document: what the framework finds, what the ledger cannot do, what a service refuses."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from schedrun.core.errors import JobNotFoundError, RunNotFoundError, StoreError
from schedrun.reconcile.requests import NoAnswerError, RequestRefusedError
from schedrun.web.problem import Problem

_JOB_REMEDY = "`GET /api/v1/jobs` lists the jobs: SET/ID, or -/ID for a job that is declared in code."
_RUN_REMEDY = "`GET /api/v1/runs` lists the runs; old ones may have been forgotten."
_STORE_REMEDY = "Try again; when it goes on, `schedrun state check` and the service's log say what is wrong."
_MOST_FAULTS = 20
_NO_JSON = "this is no JSON in UTF-8"

_REFUSALS: dict[str, tuple[HTTPStatus, str]] = {
    "job_not_found": (HTTPStatus.NOT_FOUND, _JOB_REMEDY),
    "run_not_found": (HTTPStatus.NOT_FOUND, _RUN_REMEDY),
    "job_busy": (HTTPStatus.CONFLICT, "Wait for the active run, or cancel it; `overlap` in the manifest decides this."),
    "paused_by_manifest": (HTTPStatus.CONFLICT, "Take `paused` out of the manifest, at the place that is named."),
    "run_finished": (HTTPStatus.CONFLICT, "Nothing is left to cancel."),
    "run_lost": (HTTPStatus.CONFLICT, "Restart the service: it records the run as interrupted."),
    "plan_changed": (HTTPStatus.CONFLICT, "Look at `GET /api/v1/plan` again, and confirm what it holds back now."),
    "bad_request": (HTTPStatus.UNPROCESSABLE_ENTITY, "Send what the message asks for."),
    "unknown_verb": (HTTPStatus.CONFLICT, "Ask a service that follows manifests, and is of the same version."),
    "store_unavailable": (HTTPStatus.SERVICE_UNAVAILABLE, _STORE_REMEDY),
    "not_started": (HTTPStatus.SERVICE_UNAVAILABLE, "Start the scheduler with `create_scheduler_lifespan`, and wait."),
    "expired": (HTTPStatus.SERVICE_UNAVAILABLE, "Try again: the service was busy."),
    "service_bug": (HTTPStatus.SERVICE_UNAVAILABLE, "The service's log tells more."),
}


def install(app: FastAPI) -> None:
    """Let the application answer every error with a problem document."""
    for kind, answer in (
        (Problem, _of_problem),
        (RequestValidationError, _of_validation),
        (HTTPException, _of_framework),
        (StoreError, _of_store),
        (RequestRefusedError, _of_refusal),
        (NoAnswerError, _of_silence),
        (JobNotFoundError, _of_unknown_job),
        (RunNotFoundError, _of_unknown_run),
    ):
        app.add_exception_handler(kind, answer)


async def _of_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # what it is registered for
    return error.response()


async def _of_validation(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # what it is registered for
    return invalid(_faults(error.errors())).response()


def invalid(faults: Sequence[tuple[str, str]]) -> Problem:
    """Return the problem of input that is wrong, by field: `limit`, `body.reason`; each with what is wrong with it."""
    fields = ", ".join(dict.fromkeys(f"`{field}`" for field, _ in faults))
    detail = "; ".join(f"`{field}`: {message}" for field, message in faults)
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_input",
        detail=f"{detail}.",
        remedy=f"Correct {fields}; /openapi.json says what each may be.",
        facts={"errors": [{"field": field, "message": message} for field, message in faults]},
    )


def _faults(errors: Sequence[Any]) -> list[tuple[str, str]]:
    return [
        ("body", _NO_JSON) if error["type"] == "json_invalid" else (_field(error["loc"]), _message(error))
        for error in errors[:_MOST_FAULTS]
    ]


def _field(location: Sequence[str | int]) -> str:
    """Return the name of a field as who sent it knows it: without `query`, `path` or `header` before it."""
    parts = [str(part) for part in location]
    if parts[:1] != ["body"]:
        parts = parts[1:] or parts
    return ".".join(parts)


def _message(error: Any) -> str:
    """Return what is wrong in words of people; what was sent is not repeated, for it may be secret."""
    if error["type"] == "extra_forbidden":
        return "unknown; nothing here has this name"
    words = str(error["msg"]).removeprefix("Value error, ")
    return words[:1].lower() + words[1:]


async def _of_framework(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # what it is registered for
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.BAD_REQUEST:  # all that FastAPI says so of is a body that it cannot decode
        return invalid([("body", _NO_JSON)]).response()
    codes = {
        HTTPStatus.NOT_FOUND: (
            "not_found",
            "Nothing is at this path.",
            "The overview leads to every page; openapi.json beside it lists every path.",
        ),
        HTTPStatus.METHOD_NOT_ALLOWED: (
            "method_not_allowed",
            "This path does not take this method.",
            "Use a method that the header `Allow` names.",
        ),
    }
    code, detail, remedy = codes.get(
        status, (status.name.lower(), status.description or status.phrase, "Try otherwise.")
    )
    return Problem(status, code, detail=detail, remedy=remedy, headers=error.headers).response()


async def _of_store(_request: Request, error: Exception) -> Response:
    assert isinstance(error, StoreError)  # what it is registered for
    return _refused(error.code, _sentence(error), {}).response()


async def _of_refusal(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefusedError)  # what it is registered for
    return _refused(error.refusal, _sentence(error), dict(error.facts)).response()


async def _of_silence(_request: Request, error: Exception) -> Response:
    assert isinstance(error, NoAnswerError)  # what it is registered for
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "no_answer",
        detail=_sentence(error),
        remedy="Nothing was begun unless the service had taken it; try again once `GET /readyz` says that it is ready.",
        headers={"Retry-After": "5"},
    ).response()


async def _of_unknown_job(_request: Request, error: Exception) -> Response:
    return _refused("job_not_found", _sentence(error), {}).response()


async def _of_unknown_run(_request: Request, error: Exception) -> Response:
    return _refused("run_not_found", _sentence(error), {}).response()


def _refused(code: str, detail: str, facts: dict[str, Any]) -> Problem:
    status, remedy = _REFUSALS.get(code, (HTTPStatus.CONFLICT, "The message says what stands in the way."))
    headers = {"Retry-After": "5"} if status is HTTPStatus.SERVICE_UNAVAILABLE else None
    return Problem(status, code, detail=detail, remedy=remedy, facts=facts, headers=headers)


def _sentence(error: Exception) -> str:
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}" + ("" if words.endswith(".") else ".")
