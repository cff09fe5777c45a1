"""Runs and spans: what happened, and why."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from schedrun.core.run.page import RunFilter
from schedrun.protocols import Reader
from schedrun.reconcile import verbs
from schedrun.render.run_json import whole_run_view
from schedrun.render.runs_json import run_row, span_view
from schedrun.web import cursors, errors, questions
from schedrun.web.access import Operating, Reading
from schedrun.web.backend import Asked
from schedrun.web.documents import RunAnswer, RunDocument, RunsDocument, SpansDocument
from schedrun.web.parameters import NoBody, NoQuery, RunPath, RunsQuery, SpansQuery, key_of
from schedrun.web.questions import HistoryPage
from schedrun.web.routes.described import answers

router = APIRouter(tags=["runs"])


@router.get("/runs", responses=answers(RunsDocument), summary="The runs")
async def runs(_caller: Reading, backend: Asked, query: Annotated[RunsQuery, Query()]) -> Response:
    """List runs by fire time, newest first, without what they printed."""
    name = query.list_name()
    before = None if query.cursor is None else cursors.place(query.cursor, of=name)

    def page(reader: Reader) -> HistoryPage:
        uid = None if query.job is None else _uid(reader, query.job)
        wanted = RunFilter(uid, frozenset(query.status) or None, query.begin, query.end)
        return questions.runs_page(reader, wanted, before=before, limit=query.limit)

    found = await backend.read(page)
    shown = [run_row(run, job=found.history.job_of(run)) for run in found.history.runs]
    return JSONResponse({"runs": shown, "next_cursor": _cursor(found, name)})


@router.get("/spans", responses=answers(SpansDocument), summary="What never ran")
async def spans(_caller: Reading, backend: Asked, query: Annotated[SpansQuery, Query()]) -> Response:
    """List spans, the fires that never became a run and why, newest first."""
    name = query.list_name()
    before = None if query.cursor is None else cursors.place(query.cursor, of=name)

    def page(reader: Reader) -> HistoryPage:
        uid = None if query.job is None else _uid(reader, query.job)
        return questions.spans_page(reader, job_uid=uid, before=before, limit=query.limit)

    found = await backend.read(page)
    shown = [span_view(span, job=found.history.job_of(span)) for span in found.history.spans]
    return JSONResponse({"spans": shown, "next_cursor": _cursor(found, name)})


@router.get("/runs/{id}", responses=answers(RunDocument, 404), summary="One run")
async def run(_caller: Reading, backend: Asked, run_id: RunPath, _query: NoQuery) -> Response:
    """Show everything that is known of a run, its attempts, and why it went as it did."""
    now, process = backend.clock.now(), backend.process()
    details, answer = await backend.read(
        lambda reader: questions.run_details(reader, run_id, fires=backend.fires, now=now, process=process)
    )
    return JSONResponse(whole_run_view(details, answer, now=now))


@router.post(
    "/runs/{id}/cancel",
    status_code=HTTPStatus.ACCEPTED,
    responses=answers(RunAnswer, 404, 409, status=202, operates=True),
    summary="Cancel a run",
)
async def cancel(caller: Operating, backend: Asked, run_id: RunPath, _query: NoQuery, _body: NoBody) -> Response:
    """End a run that waits, and ask one that runs to end: it goes on until it has."""
    answer = await backend.ask(verbs.CANCEL, {"run": run_id}, by=caller.name)
    return JSONResponse({"run": {"id": answer["run"], "status": answer["status"]}}, HTTPStatus.ACCEPTED)


def _uid(reader: Reader, name: str) -> str:
    """Return the uid of the job that a filter names, removed ones included. Raises Problem 422."""
    job = reader.job_by_key(key_of(name))
    if job is None:
        raise errors.invalid(
            [("job", "no job has this name; write SET/ID, or -/ID for a job that is declared in code")]
        )
    return job.uid


def _cursor(page: HistoryPage, name: str) -> str | None:
    return None if page.end is None else cursors.of_place(page.end, of=name)
