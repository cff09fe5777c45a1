"""Every error is a problem document: of the framework, of the ledger, of a service that refuses."""

import pytest
from fastapi import APIRouter, FastAPI

from schedrun.core.errors import JobNotFoundError, StoreError
from schedrun.reconcile.requests import NoAnswerError, RequestRefusedError
from schedrun.web import errors
from tests.web.routes.rig import problem

pytestmark = pytest.mark.anyio


def application(error: Exception) -> FastAPI:
    """Return an application whose one route raises."""
    router = APIRouter()

    @router.get("/raise")
    async def route() -> None:
        raise error

    @router.get("/number/{number}")
    async def numbered(number: int) -> None:
        assert number

    app = FastAPI()
    errors.install(app)
    app.include_router(router)
    return app


async def asked(error: Exception, path: str = "/raise", method: str = "GET") -> dict[str, object]:
    """Return what the application answers."""
    import httpx

    transport = httpx.ASGITransport(application(error))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return problem(await client.request(method, path))


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (503, "store_unavailable", StoreError("the disk is full")),
        (503, "no_answer", NoAnswerError("apply", seconds=5)),
        (404, "job_not_found", JobNotFoundError("a/b")),
        (404, "run_not_found", RequestRefusedError("no run", refusal="run_not_found")),
        (409, "job_busy", RequestRefusedError("busy", refusal="job_busy")),
        (503, "store_unavailable", RequestRefusedError("full", refusal="store_unavailable")),
        (422, "bad_request", RequestRefusedError("nonsense", refusal="bad_request")),
        (409, "of_tomorrow", RequestRefusedError("what nobody knows yet", refusal="of_tomorrow")),
    ],
)
async def test_tells_errors_by_code_and_status(status: int, code: str, error: Exception) -> None:
    """With a sentence and a remedy."""
    told = await asked(error)
    assert (status, code) == (told["status"], told["code"])
    assert str(told["detail"]).endswith(".")
    assert told["remedy"]


async def test_facts_stand_beside_the_message() -> None:
    """As the service that refused has told them."""
    told = await asked(RequestRefusedError("busy", refusal="job_busy", facts={"active_run": "r1"}))
    assert ("Busy.", "r1") == (told["detail"], told["active_run"])


async def test_a_path_or_method_that_is_not_there() -> None:
    """The framework's own errors look alike."""
    assert "not_found" == (await asked(ValueError(), "/nowhere"))["code"]
    assert "method_not_allowed" == (await asked(ValueError(), "/raise", "DELETE"))["code"]


async def test_wrong_input_names_its_field_and_repeats_nothing() -> None:
    """What was sent may be secret."""
    told = await asked(ValueError(), "/number/hunter2xyz")
    assert (422, "number") == (told["status"], told["errors"][0]["field"])  # type: ignore[index]  # a list of objects
    assert "hunter2xyz" not in str(told)
