"""Jobs: the list, one of them, and what people do with one."""

import hashlib
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from schedrun.core.ids import JobKey
from schedrun.protocols import Reader
from schedrun.reconcile import verbs
from schedrun.render.instants import utc_text_or_none
from schedrun.render.job_json import job_details_view
from schedrun.render.jobs_json import whole_row
from schedrun.web import cursors, errors, questions, source
from schedrun.web.access import Operating, Reading
from schedrun.web.backend import Asked, Backend
from schedrun.web.documents import JobDocument, JobRow, JobsDocument, RunAnswer
from schedrun.web.parameters import IdempotencyKey, JobPath, JobsQuery, NoBody, NoQuery, PauseBody
from schedrun.web.questions import JobDetails
from schedrun.web.routes.described import answers
from schedrun.web.views import Shown, Views

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("", responses=answers(JobsDocument), summary="The jobs")
async def jobs(_caller: Reading, backend: Asked, views: Shown, query: Annotated[JobsQuery, Query()]) -> Response:
    """List the jobs by key, how each stands and when it fires next."""
    now, name = backend.clock.now(), query.list_name()
    after = "" if query.cursor is None else cursors.key(query.cursor, of=name)
    page = await backend.read(
        lambda reader: questions.jobs_page(reader, query.wanted(), views=views, now=now, after=after, limit=query.limit)
    )
    next_cursor = None if page.end is None else cursors.of_key(page.end, of=name)
    return JSONResponse({"jobs": [whole_row(job) for job in page.jobs], "next_cursor": next_cursor})


@router.get("/{set}/{id}", responses=answers(JobDocument, 404), summary="One job")
async def job(_caller: Reading, backend: Asked, views: Shown, key: JobPath, _query: NoQuery) -> Response:
    """Show everything that is known of a job; private values of its spec and its lines are hidden."""
    now = backend.clock.now()

    def ask(reader: Reader) -> tuple[JobDetails, str | None]:
        found = questions.job_details(reader, key, views=views, now=now)
        # On the reader's thread: another one would cost more than the lines do. A ledger in memory knows no files.
        return found, source.of_job(found.job)

    found, lines = await backend.read(ask)
    return JSONResponse(
        job_details_view(found.job, found.view, source=lines, next_fires=found.next_fires, last_runs=found.last_runs)
    )


@router.post(
    "/{set}/{id}/trigger",
    status_code=HTTPStatus.ACCEPTED,
    responses=answers(RunAnswer, 404, 409, status=202, operates=True),
    summary="Run a job now",
)
async def trigger(
    caller: Operating,
    backend: Asked,
    key: JobPath,
    _query: NoQuery,
    _body: NoBody,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Run a job now, beside its schedule and also while it is paused; its `overlap` decides whether it may."""
    request_id = None if idempotency_key is None else request_id_of(key, idempotency_key)
    answer = await backend.ask(verbs.TRIGGER, {"job": key}, by=caller.name, request_id=request_id)
    return JSONResponse({"run": {"id": answer["run"], "status": answer["status"]}}, HTTPStatus.ACCEPTED)


@router.post("/{set}/{id}/pause", responses=answers(JobRow, 404, operates=True), summary="Pause a job")
async def pause(
    caller: Operating, backend: Asked, views: Shown, key: JobPath, body: PauseBody, _query: NoQuery
) -> Response:
    """Lay a pause over a job, in place of one that was; what comes due meanwhile is skipped, and not caught up."""
    if body.until is not None and body.until <= backend.clock.now():
        raise errors.invalid([("body.until", "has passed already")])
    arguments: dict[str, object] = {"job": key, "reason": body.reason, "until": utc_text_or_none(body.until)}
    await backend.ask(verbs.PAUSE, arguments, by=caller.name)
    return await _row(backend, views, key)


@router.post(
    "/{set}/{id}/resume",
    responses=answers(JobRow, 404, 409, operates=True),
    summary="Resume a job",
)
async def resume(
    caller: Operating, backend: Asked, views: Shown, key: JobPath, _query: NoQuery, _body: NoBody
) -> Response:
    """Lift the pause that a person laid over a job; what its manifest pauses is resumed there."""
    await backend.ask(verbs.RESUME, {"job": key}, by=caller.name)
    return await _row(backend, views, key)


def request_id_of(job: JobKey, idempotency_key: str) -> str:
    """Return the id of the request that this key makes of this job, in every process and after every restart."""
    return hashlib.sha256(f"idempotent\n{job}\n{idempotency_key}".encode()).hexdigest()[:32]


async def _row(backend: Backend, views: Views, key: JobKey) -> Response:
    now = backend.clock.now()
    view = await backend.read(lambda reader: questions.view(reader, key, views=views, now=now))
    return JSONResponse(whole_row(view))
