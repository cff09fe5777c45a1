"""Rows of lists of runs, each worked out once: a page has hundreds of them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from markupsafe import Markup, escape

from schedrun.core.ids import JobKey
from schedrun.core.run.run import Run
from schedrun.core.status import RunKind, RunStatus
from schedrun.render.instants import elapsed
from schedrun.web.pages import links
from schedrun.web.pages.clock_face import ClockFace
from schedrun.web.pages.links import Links

_NOT_STARTED = Markup('<span class="faint">not started</span>')
_MANUAL = Markup(' <span class="tag">manual</span>')


class RunLine(NamedTuple):
    """A run as one row of a table shows it."""

    id: str
    job: Markup
    status: Markup
    fire_time: Markup
    took: str
    what: Markup
    link: Markup


def of(runs: Iterable[Run], *, keys: Mapping[str, JobKey], face: ClockFace, root: str) -> list[RunLine]:
    """Return the rows of the runs, in their order."""
    leads = Links(root)
    return [
        RunLine(
            run.id,
            leads.job(keys[run.job_uid]),
            links.status(run.status),
            face.when(run.fire_time) + _MANUAL if run.kind is RunKind.MANUAL else face.when(run.fire_time),
            took(run, face),
            what_happened(run, face),
            leads.run(run.id),
        )
        for run in runs
    ]


def took(run: Run, face: ClockFace) -> str:
    """Return how long a run took, or has run so far; text, or markup that goes on counting."""
    if run.started_at is None or run.status is RunStatus.QUEUED:
        return _NOT_STARTED
    return face.since(run.started_at) if run.finished_at is None else elapsed(run.started_at, run.finished_at)


def what_happened(run: Run, face: ClockFace) -> Markup:
    """Return what is to be said of a run beside its status: which attempt it is, when the next comes, its error."""
    said = Markup()
    if run.attempt > 1:
        said += Markup('<span class="tag">attempt {}</span> ').format(run.attempt)
    if run.retry_at is not None:
        said += Markup("again {}").format(face.ago(run.retry_at)) + (", after " if run.error else "")
    if run.error:
        said += Markup('<span class="error">{}</span>').format(escape(run.error))
    return said
