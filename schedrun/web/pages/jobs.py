"""`/jobs`: every job, how it stands, when it fires next, and how its newest runs went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from schedrun.core.ids import CODE_SET, JobKey
from schedrun.core.run.mark import Mark
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.status import JobStatus
from schedrun.protocols import Reader
from schedrun.render.job_view import JobView
from schedrun.web import questions
from schedrun.web.charts import strip
from schedrun.web.pages import frame
from schedrun.web.pages.frame import Surroundings
from schedrun.web.questions import JobFilter
from schedrun.web.views import Views

LIMIT = 50
"""How many jobs a page shows."""

LATE = "late"
"""What stands among the statuses for all jobs that are late, however they stand else."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs are shown; what is empty bounds nothing. `after` is the key behind which the page begins.

    `late` leaves those that do not do in time what is expected of them. `label` is written `NAME=VALUE`.
    """

    q: str = ""
    set: str = ""
    status: JobStatus | None = None
    label: str = ""
    after: JobKey = ""
    late: bool = False

    @property
    def narrows(self) -> bool:
        """Whether any job may be left out."""
        return bool(self.q or self.set or self.status or self.label or self.late)

    def wanted(self) -> JobFilter:
        """Return the filter as the ledger is asked."""
        name, _, value = (part.strip() for part in self.label.partition("="))
        return JobFilter(
            job_set=self.set or None,
            labels=((name, value),) if self.label else (),
            statuses=None if self.status is None else frozenset({self.status}),
            text=self.q or None,
            late=self.late,
        )

    def query(self, *, after: JobKey | None = None) -> dict[str, str | None]:
        """Return the fields of a link to this list, or to the page behind `after`."""
        status = LATE if self.late else None if self.status is None else str(self.status)
        return {"q": self.q, "set": self.set, "status": status, "label": self.label, "after": after}


class Jobs(NamedTuple):
    """A page of the list: its jobs and their newest runs by uid, how many live jobs there are, the sets, the next page.

    `next_after` is where that begins, None on the last one.
    """

    around: Surroundings
    rows: Sequence[tuple[RecordedJob, JobView]]
    marks: Mapping[str, Sequence[Mark]]
    jobs: int
    sets: Sequence[str]
    next_after: JobKey | None


def ask(reader: Reader, views: Views, wanted: Filter, *, now: datetime) -> Jobs:
    """Return the page of the jobs that `wanted` means."""
    sets = reader.sets()
    standing = questions.standing(reader, wanted.wanted(), views=views, now=now, after=wanted.after, limit=LIMIT + 1)
    page = list(islice(standing, LIMIT + 1))
    shown = page[:LIMIT]
    return Jobs(
        around=frame.ask(reader),
        rows=shown,
        marks=reader.marks([job.uid for job, _ in shown], limit=strip.MOST),
        jobs=sum(sets.values()),
        sets=sorted(CODE_SET if name is None else name for name in sets),
        next_after=shown[-1][0].key if len(page) > LIMIT else None,
    )
