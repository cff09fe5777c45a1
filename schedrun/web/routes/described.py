"""What each route says of itself in the OpenAPI document: its answer and its errors."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from schedrun.web.events.wire import MEDIA_TYPE as STREAM_TYPE
from schedrun.web.problem import MEDIA_TYPE

_ERRORS = {
    401: "No token, or none that is known.",
    403: "The token's scope is too small, or the request comes from another site.",
    404: "Nothing has this name.",
    409: "What is asked for cannot be done as things stand.",
    413: "The body is larger than 64 KiB.",
    415: "The body is not JSON.",
    421: "The header Host names another host.",
    422: "What was sent is wrong; `errors` names each field.",
    429: "Too much was asked at once.",
    503: "The ledger cannot be used, or no process answers.",
}
_ALWAYS = (401, 421, 422, 503)
_UNSAFE = (403, 413, 415, 429)


def answers(
    model: type[BaseModel], *errors: int, status: int = 200, operates: bool = False
) -> dict[int | str, dict[str, Any]]:
    """Return the responses of a route: what answers look like, and the errors that it may give instead."""
    told: dict[int | str, dict[str, Any]] = {
        status: {
            "model": model,
            "description": (model.__doc__ or "").strip(),
        }
    }
    return told | _problems({*_ALWAYS, *(_UNSAFE if operates else ()), *errors})


def streams(description: str, *errors: int) -> dict[int | str, dict[str, Any]]:
    """Return the responses of a route that streams events, and the errors that it may give instead."""
    told: dict[int | str, dict[str, Any]] = {
        200: {"description": description, "content": {STREAM_TYPE: {"schema": {"type": "string"}}}}
    }
    return told | _problems({*_ALWAYS, 429, *errors})


def probed(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Return the responses of a probe, which needs no token and no name: `model`, also where all is not well."""
    return {
        200: {"model": model, "description": "All is well."},
        503: {"model": model, "description": "All is not well."},
    }


def bare(description: str, *errors: int) -> dict[int | str, dict[str, Any]]:
    """Return the responses of a route for browsers that answers without a body, and the errors it may give instead."""
    return {204: {"description": description}} | _problems({*_ALWAYS, *_UNSAFE, *errors})


def _problems(errors: Iterable[int]) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    return {error: {"description": _ERRORS[error], "content": content} for error in sorted(errors)}
