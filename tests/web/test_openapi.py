"""The OpenAPI document: complete, true of every answer, and no input of its kind breaks the service."""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from pydantic import TypeAdapter
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from schedrun.web import app, documents
from schedrun.web.parameters import SEVERAL
from schedrun.web.routes import examples
from tests.web.backend import OPERATOR, StoreBackend, client
from tests.web.routes.rig import a_backend, ran, skipped

ROUTES = {
    "GET /api/v1/status",
    "GET /api/v1/jobs",
    "GET /api/v1/jobs/{set}/{id}",
    "POST /api/v1/jobs/{set}/{id}/trigger",
    "POST /api/v1/jobs/{set}/{id}/pause",
    "POST /api/v1/jobs/{set}/{id}/resume",
    "GET /api/v1/runs",
    "GET /api/v1/spans",
    "GET /api/v1/runs/{id}",
    "POST /api/v1/runs/{id}/cancel",
    "GET /api/v1/runs/{id}/log",
    "GET /api/v1/runs/{id}/log/stream",
    "GET /api/v1/events",
    "GET /api/v1/plan",
    "POST /api/v1/sync",
    "POST /api/v1/removals",
    "GET /api/v1/forecast",
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return the document as it is served."""

    async def fetch() -> dict[str, Any]:
        async with client(StoreBackend()) as opened:
            told: dict[str, Any] = (await opened.get("/openapi.json")).json()
            return told

    return asyncio.run(fetch())


def test_only_lists_may_be_given_more_than_once(document: dict[str, Any]) -> None:
    """What is refused when it is repeated is whatever the document says is one value."""
    queries = [
        parameter
        for methods in document["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    ]
    assert {said["name"] for said in queries if said["schema"].get("type") == "array"} == SEVERAL


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each operation below /api/v1 by method and path."""
    for path, methods in document["paths"].items():
        if path.startswith("/api/v1/"):
            yield from ((f"{method.upper()} {path}", told) for method, told in methods.items())


def test_names_every_route(document: dict[str, Any]) -> None:
    """In version 3.1, below one path."""
    assert document["openapi"].startswith("3.1.")
    assert set() == ROUTES - dict(operations(document)).keys()


def test_every_operation_tells_its_errors_and_who_may_ask(document: dict[str, Any]) -> None:
    """As problem documents; what changes something is for nobody without a token."""
    for name, told in operations(document):
        assert {"401", "421", "422", "503"} <= told["responses"].keys(), name
        assert ({} in told["security"]) is name.startswith("GET"), name
        assert told["tags"], name
        assert told["summary"], name
        for status, response in told["responses"].items():
            media_types = set(response["content"])
            assert (status < "400") or {"application/problem+json"} == media_types, (name, status)
    assert {"bearer", "cookie"} == document["components"]["securitySchemes"].keys()


def test_tells_no_page_of_its_own() -> None:
    """Pages that show the document load from outside."""
    paths = {getattr(route, "path", "") for route in app.of(StoreBackend()).routes}
    assert set() == paths & {"/docs", "/redoc"}


@pytest.mark.parametrize("model", examples.BY_MODEL)
def test_examples_are_of_the_kind_that_they_show(document: dict[str, Any], model: str) -> None:
    """With every member, and at the operations that answer so."""
    example = examples.BY_MODEL[model]
    kind: type[Any] = getattr(documents, model)
    parsed = TypeAdapter(kind).validate_python(example)
    assert example.keys() == parsed.model_dump().keys()
    shown = [
        told["responses"][status]["content"].get("application/json", {}).get("example")
        for _, told in operations(document)
        for status in told["responses"].keys() & {"200", "202"}
    ]
    assert example in shown


def _application(folder: Path) -> FastAPI:
    """Return an application over a backend that knows something of everything."""

    async def fill() -> StoreBackend:
        backend = await a_backend(folder)
        for hours in range(1, 4):
            await ran(backend, "ops/beat", hours_ago=hours)
        await skipped(backend, "billing/fx-rates", hours_ago=(5, 4))
        return backend

    return app.of(asyncio.run(fill()))


_COUNT = itertools.count()
_CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


class _AsOperator:
    """Lets every request come from an operator."""

    def __init__(self, application: FastAPI) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope["schedrun.caller"] = OPERATOR
        await self._application(scope, receive, send)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the schema that cases are made of."""
    application = _AsOperator(_application(tmp_path_factory.mktemp("manifests")))
    return schemathesis.openapi.from_asgi("/openapi.json", application)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["sound", "unsound"])
def test_no_input_of_the_document_breaks_the_service(
    schema: Any, document: dict[str, Any], mode: GenerationMode
) -> None:
    """Of every operation that ends: no 5xx, only answers that the document tells, each of its form."""
    asked = {result.ok().label: result.ok() for result in schema.get_all_operations()}
    endless = {name for name, told in operations(document) if "text/event-stream" in str(told["responses"])}
    assert asked.keys() >= ROUTES
    for name in sorted(asked.keys() - endless):
        _ask(asked[name], mode)


def _ask(operation: Any, mode: GenerationMode) -> None:
    @settings(max_examples=20, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if next(_COUNT) % 2 and {"set", "id"} <= case.path_parameters.keys():
            case.path_parameters.update(set="billing", id="fx-rates")  # names made up are never found
        case.call_and_validate(checks=_CHECKS)

    try:
        ask()
    except Unsatisfiable:
        # Nothing about this operation can be wrong.
        assert mode is GenerationMode.NEGATIVE
