"""The OpenAPI document of the API: what FastAPI finds out by itself, and who may ask for what."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from schedrun import __version__
from schedrun.web.documents import ProblemDocument
from schedrun.web.routes import examples
from schedrun.web.routes.api import PATH

_ABOUT = """\
Reads need a token with the scope `read`, or come from this machine; what changes something needs the scope `operate`.
Every error is a problem document (RFC 9457). Instants are RFC 3339 in UTC. Lists are paged: `next_cursor` of one page
is `cursor` of the next, and what is recorded meanwhile shifts no page.
"""
_TAGS = [
    {"name": "state", "description": "What is applied, what would change, and what comes."},
    {"name": "jobs", "description": "The jobs, and what people do with one."},
    {"name": "runs", "description": "What ran, what never did, and why."},
    {"name": "events", "description": "What is new, while it happens."},
    {
        "name": "process",
        "description": "Whether this process is well, and the sessions of browsers; no token is needed.",
    },
]
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A token of the token file beside the state."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "schedrun", "description": "What `POST /login` sets."},
}


def describe(app: FastAPI) -> None:
    """Let the application answer /openapi.json with the whole document, built when it is first asked for."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # the way that FastAPI documents


def _document(app: FastAPI) -> dict[str, Any]:
    whole = get_openapi(
        title="schedrun",
        version=__version__,
        summary="GitOps for scheduled jobs: what is applied, what runs, and the hand on the switch.",
        description=_ABOUT,
        routes=app.routes,
        tags=_TAGS,
    )
    components = whole.setdefault("components", {})
    components["securitySchemes"] = _SCHEMES
    components.setdefault("schemas", {})["ProblemDocument"] = ProblemDocument.model_json_schema()
    _add_examples(whole)
    for path, methods in whole["paths"].items():
        if path.startswith(PATH):
            for method, operation in methods.items():
                operation["security"] = [{"bearer": []}, {"cookie": []}, *([{}] if method == "get" else [])]
    return whole


def _add_examples(whole: dict[str, Any]) -> None:
    """Give each answer the example of its model; given to FastAPI, they would lose every null."""
    for methods in whole["paths"].values():
        for operation in methods.values():
            for response in operation["responses"].values():
                content = response.get("content", {}).get("application/json", {})
                model = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
                if model in examples.BY_MODEL:
                    content["example"] = examples.BY_MODEL[model]
