"""Questions to the ledger that are answered page by page, however much there is."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from schedrun.core.ids import JobKey
from schedrun.core.run.page import Place, Placed, RunFilter
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunStatus


class PagesReader(Protocol):
    """The part of a `Reader` that answers in pages.

    A page is found by what it begins after, so that no record which comes meanwhile shifts it.
    """

    def jobs_page(self, *, after: JobKey = "", below: JobKey | None = None, limit: int) -> Sequence[RecordedJob]:
        """Return the first `limit` live rows, by key, whose keys are greater than `after` and less than `below`.

        Rows whose spec this version's models do not accept are left out, and do not shorten the page.
        """

    def runs_page(self, wanted: RunFilter, *, before: Place | None = None, limit: int) -> Sequence[Placed[Run]]:
        """Return the newest `limit` of the wanted runs, newest first, that stand before a place in their list.

        They are ordered by fire time, those of one fire time by their recording. What they printed is left out.
        """

    def spans_page(
        self, *, job_uid: str | None = None, before: Place | None = None, limit: int
    ) -> Sequence[Placed[Span]]:
        """Return the newest `limit` spans (by last) of one job or of all, newest first, that stand before a place."""

    def active_runs_of(self, job_uids: Iterable[str]) -> Sequence[Run]:
        """Return the queued and running runs of these jobs, in the order and form of `active_runs`."""

    def last_finished_of(self, job_uids: Iterable[str]) -> dict[str, RunStatus]:
        """Return what `last_finished` says of these jobs."""
