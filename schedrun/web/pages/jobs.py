"""`/jobs`: every job, how it stands, when it fires next, and how its newest runs went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from schedrun.core.ids import JobKey, set_of
from schedrun.core.run.mark import Mark
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.schedule.describe import describe
from schedrun.core.status import JobStatus
from schedrun.protocols import Reader
from schedrun.web.charts import strip
from schedrun.web.pages import frame, paths
from schedrun.web.pages.board import Board, Row
from schedrun.web.pages.frame import Surroundings

LIMIT = 50
"""How many jobs a page shows."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs are shown; what is empty bounds nothing. `after` is the key behind which the page begins."""

    q: str = ""
    set: str = ""
    status: JobStatus | None = None
    label: str = ""
    after: JobKey = ""

    @property
    def narrows(self) -> bool:
        """Whether any job may be left out."""
        return bool(self.q or self.set or self.status or self.label)

    def passes(self, row: Row) -> bool:
        """Whether the job is one of those that are meant."""
        job = row.job
        if self.status is not None and row.standing.status is not self.status:
            return False
        if self.set and (set_of(job.key) or paths.CODE_SET) != self.set:
            return False
        return self._labelled(job) and self._found_in(job)

    def query(self, *, after: JobKey | None = None) -> dict[str, str | None]:
        """Return the fields of a link to this list, or to the page behind `after`."""
        status = None if self.status is None else str(self.status)
        return {"q": self.q, "set": self.set, "status": status, "label": self.label, "after": after}

    def _labelled(self, job: RecordedJob) -> bool:
        if not self.label:
            return True
        name, equals, value = (part.strip() for part in self.label.partition("="))
        found = job.spec.labels.get(name)
        return found is not None and (not equals or found == value)

    def _found_in(self, job: RecordedJob) -> bool:
        needle = self.q.casefold()
        texts = (job.key, job.spec.description, job.spec.owner)
        return not needle or any(needle in text.casefold() for text in texts if text)


class Jobs(NamedTuple):
    """A page of the list: its jobs and their newest runs by uid, how many there are, and where the next begins."""

    around: Surroundings
    rows: Sequence[Row]
    marks: Mapping[str, Sequence[Mark]]
    matching: int
    sets: Sequence[str]
    next_after: JobKey | None

    def schedule(self, row: Row) -> str:
        """Return the schedule in words."""
        return describe(row.job.spec)


def ask(reader: Reader, board: Board, wanted: Filter, *, now: datetime) -> Jobs:
    """Return the page of the jobs that `wanted` means."""
    rows = board.rows(reader, now=now)
    matching = [row for row in rows if wanted.passes(row)] if wanted.narrows else rows
    page = list(islice((row for row in matching if row.job.key > wanted.after), LIMIT + 1))
    shown = page[:LIMIT]
    return Jobs(
        around=frame.ask(reader),
        rows=shown,
        marks=reader.marks([row.job.uid for row in shown], limit=strip.MOST),
        matching=len(matching),
        sets=sorted({set_of(row.job.key) or paths.CODE_SET for row in rows}),
        next_after=shown[-1].job.key if len(page) > LIMIT else None,
    )
