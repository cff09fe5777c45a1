"""`/runs`: what ran, newest first, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from schedrun.core.ids import JobKey
from schedrun.core.run.page import Place, Placed, RunFilter
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunStatus
from schedrun.protocols import Reader
from schedrun.web.pages import frame
from schedrun.web.pages.frame import Surroundings

LIMIT = 50
"""How many runs a page shows."""
SPANS = 10


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs are shown; None bounds nothing. `before` is the place in the list at which the page begins."""

    job: JobKey = ""
    status: RunStatus | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: Place | None = None

    @property
    def narrows(self) -> bool:
        """Whether any run may be left out."""
        return bool(self.job or self.status or self.since or self.until)


class Runs(NamedTuple):
    """A page of the list; `spans` are the newest fires that never ran, on its first page only."""

    around: Surroundings
    runs: Sequence[Placed[Run]]
    spans: Sequence[Placed[Span]]
    keys: Mapping[str, JobKey]
    known: bool
    """Whether there is a job of the name that is asked for."""
    next_before: Place | None


def ask(reader: Reader, wanted: Filter) -> Runs:
    """Return the page of the runs that `wanted` means."""
    job = reader.job_by_key(wanted.job) if wanted.job else None
    known = job is not None or not wanted.job
    uid = None if job is None else job.uid
    placed: Sequence[Placed[Run]] = ()
    spans: Sequence[Placed[Span]] = ()
    if known:
        statuses = None if wanted.status is None else frozenset({wanted.status})
        asked = RunFilter(job_uid=uid, statuses=statuses, since=wanted.since, until=wanted.until)
        placed = reader.runs_page(asked, before=wanted.before, limit=LIMIT + 1)
        if wanted.before is None and wanted.status is None and wanted.since is None and wanted.until is None:
            spans = reader.spans_page(job_uid=uid, limit=SPANS)
    shown = placed[:LIMIT]
    return Runs(
        around=frame.ask(reader),
        runs=shown,
        spans=spans,
        keys=reader.keys({*(each.record.job_uid for each in shown), *(each.record.job_uid for each in spans)}),
        known=known,
        next_before=shown[-1].place if len(placed) > LIMIT else None,
    )
