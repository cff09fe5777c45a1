"""The pages' routes: each asks its questions in one snapshot and hands the answers to its template."""

import asyncio
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from schedrun.core.ids import named_key
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.status import JobStatus, RunStatus
from schedrun.render.run_details import RunDetails
from schedrun.web import cursors, source
from schedrun.web.access import Caller, Reading, caller
from schedrun.web.backend import Asked
from schedrun.web.charts import calendar, dots, strip, timeline
from schedrun.web.pages import clock_face, fields, findings, frame, job, jobs, lines, overview, plan, run, runs
from schedrun.web.pages.frame import Heading
from schedrun.web.pages.outlook import Outlook
from schedrun.web.problem import Problem
from schedrun.web.views import Shown

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/")
async def show_overview(request: Request, who: Reading, backend: Asked, views: Shown) -> HTMLResponse:
    """Show the whole."""
    now, outlook = backend.clock.now(), _outlook(request)
    found = await backend.read(lambda reader: overview.ask(reader, views, outlook, now=now))
    shell = frame.of(request, who, Heading("overview", "Overview", "all"), now=now, around=found.around)
    broken = () if found.around.sync is None else found.around.sync.broken
    values = {
        "page": found,
        "process": backend.process(),
        "findings": await findings.framed([*broken, *found.unreadable]),
        "timeline": timeline.timeline(found.steps, now=now, zone=shell.face.zone),
        "statuses": [status for status in JobStatus if found.statuses.get(status)],
    }
    return frame.answer("overview.html", shell, values)


@router.get("/jobs")
async def show_jobs(
    request: Request, who: Reading, backend: Asked, views: Shown, form: fields.JobsAsked
) -> HTMLResponse:
    """Show a page of the list of jobs."""
    now, wanted = backend.clock.now(), form.wanted()
    found = await backend.read(lambda reader: jobs.ask(reader, views, wanted, now=now))
    shell = frame.of(request, who, Heading("jobs", "Jobs", "all"), now=now, around=found.around)
    strips = {row.uid: strip.strip(found.marks.get(row.uid, ()), now=now) for row, _ in found.rows}
    values = {"page": found, "wanted": wanted, "strips": strips, "statuses": list(JobStatus)}
    return frame.answer("jobs.html", shell, values)


@router.get("/jobs/{job_set}/{job_id}")
async def show_job(
    job_set: str, job_id: str, request: Request, who: Reading, backend: Asked, views: Shown
) -> HTMLResponse:
    """Show a job."""
    now, key = backend.clock.now(), named_key(job_set, job_id)
    found = await backend.read(lambda reader: job.ask(reader, views, key, now=now))
    if found is None:
        raise _nothing(f"There is no job {key}.", "Look for it in the list of jobs; a removed job keeps its page.")
    shell = frame.of(request, who, Heading("jobs", key, f"job {key}"), now=now, around=found.around)
    measures = job.measured(found.marks, offset=found.fires.offset, face=shell.face)
    values = {
        "page": found,
        "job": found.job,
        "view": found.view,
        "calendar": calendar.calendar(found.days, today=found.today),
        "durations": dots.dots(measures.took, what="Duration", limit=found.job.spec.timeout),
        "latenesses": dots.dots(measures.late, what="Lateness"),
        "measures": measures,
        "job_face": clock_face.ClockFace(found.zone, now),
        "keys": {found.job.uid: key},
        "lines": lines.of(
            (each.record for each in found.runs), keys={found.job.uid: key}, face=shell.face, root=shell.root
        ),
        "source": await asyncio.to_thread(_source, found.job),
    }
    return frame.answer("job.html", shell, values)


@router.get("/runs")
async def show_runs(request: Request, who: Reading, backend: Asked, form: fields.RunsAsked) -> HTMLResponse:
    """Show a page of the list of runs."""
    now = backend.clock.now()
    wanted = form.wanted(clock_face.chosen(request, now=now))
    found = await backend.read(lambda reader: runs.ask(reader, wanted))
    shell = frame.of(request, who, Heading("runs", "Runs", "all"), now=now, around=found.around)
    values = {
        "page": found,
        "wanted": wanted,
        "lines": lines.of((each.record for each in found.runs), keys=found.keys, face=shell.face, root=shell.root),
        "asked": form.asked(),
        "statuses": list(RunStatus),
        "next": None if found.next_before is None else cursors.of_place(found.next_before, of=fields.RUNS),
    }
    return frame.answer("runs.html", shell, values)


@router.get("/runs/{run_id}")
async def show_run(run_id: str, request: Request, who: Reading, backend: Asked, form: fields.RunAsked) -> HTMLResponse:
    """Show a run."""
    now, process = backend.clock.now(), backend.process()
    found = await backend.read(lambda reader: run.ask(reader, run_id, fires=backend.fires, now=now, process=process))
    if found is None:
        raise _nothing(f"There is no run {run_id}.", "Look for it in the list of runs; old ones are forgotten.")
    last = run.last_attempt(found.details.run)
    number = form.number(last)
    shell = frame.of(request, who, Heading("runs", f"Run {run_id[:8]}", f"run {run_id}"), now=now, around=found.around)
    values = {
        "page": found,
        "run": found.details.run,
        "job": found.details.job,
        "job_face": clock_face.ClockFace(clock_face.zone_or_utc(found.details.job.spec.timezone or "UTC"), now),
        "told": list(run.told(found.details)),
        "surroundings": list(run.surroundings(found.details.job)),
        "why": run.why(found, now=now),
        "took": lines.took(found.details.run, shell.face),
        "strip": strip.strip(found.marks, now=now),
        "tail": await _tail(found.details, backend.logs_dir, number=number),
        "number": number,
        "is_last": number == last,
    }
    return frame.answer("run.html", shell, values)


@router.get("/plan")
async def show_plan(request: Request, who: Reading, backend: Asked) -> HTMLResponse:
    """Show what would change now."""
    now = backend.clock.now()
    around = await backend.read(frame.ask)
    found = await backend.plan()
    shell = frame.of(request, who, Heading("plan", "Plan", "plan"), now=now, around=around)
    values = {
        "plan": found,
        "changes": [] if found is None else plan.changes(found, now=now),
        "held": [] if found is None else plan.held(found),
        "findings": [] if found is None else await findings.framed(found.findings),
        "most": plan.INSTANTS,
        "value": plan.value,
    }
    return frame.answer("plan.html", shell, values)


@router.get("/login")
async def show_login(request: Request, backend: Asked) -> HTMLResponse:
    """Show where a token is given; everybody may see it."""
    known = request.scope.get("schedrun.caller")
    who = caller(request) if isinstance(known, Caller) else Caller("", None)
    shell = frame.of(request, who, Heading("login", "Log in"), now=backend.clock.now())
    values = {
        "next": _own_path(request.query_params.get("next", "/")),
        "by_token": getattr(request.app.state, "logins", True) is not None,
    }
    return frame.answer("login.html", shell, values)


def _outlook(request: Request) -> Outlook:
    found: Outlook = request.app.state.outlook
    return found


async def _tail(details: RunDetails, logs_dir: Path | None, *, number: int) -> run.Tail:
    """Return the end of an attempt's output; a thread reads it where it may be in a file."""
    if logs_dir is None:
        return run.tail(details, None, number=number)
    return await asyncio.to_thread(run.tail, details, logs_dir, number=number)


def _source(job: RecordedJob) -> list[tuple[int, str]]:
    """Return the lines that declare a job with their numbers, private values masked."""
    text = source.of_job(job)
    return [] if text is None or job.line is None else list(enumerate(text.split("\n"), start=job.line))


def _own_path(text: str) -> str:
    """Return a path of this application, the overview for everything else: nobody is sent away."""
    # Browsers drop tabs and line ends from a URL, and take a backslash for a slash.
    is_own = text.isprintable() and text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if is_own else "/"


def _nothing(detail: str, remedy: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "not_found", detail=detail, remedy=remedy)
