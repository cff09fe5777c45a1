"""Pages over dictionaries."""

import heapq
from collections.abc import Iterable, Sequence
from operator import attrgetter

from schedrun.core.ids import JobKey
from schedrun.core.run.page import Place, Placed, RunFilter
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunStatus
from schedrun.stores.history import History

_QUEUE_ORDER = attrgetter("queued_at", "fire_time")
_PLACE = attrgetter("place")


class MemoryPaging:
    """The questions of a `Reader` that are answered in pages."""

    _jobs: dict[str, RecordedJob]
    _live: dict[JobKey, str]
    _runs: dict[str, Run]
    _run_ordinals: dict[str, int]
    _histories: dict[str, History]
    _last_finished: dict[str, Run]

    def jobs_page(self, *, after: JobKey = "", below: JobKey | None = None, limit: int) -> Sequence[RecordedJob]:
        """Pick the first keys."""
        keys = (key for key in self._live if key > after and (below is None or key < below))
        return [self._jobs[self._live[key]] for key in heapq.nsmallest(limit, keys)]

    def runs_page(self, wanted: RunFilter, *, before: Place | None = None, limit: int) -> Sequence[Placed[Run]]:
        """Pick the newest."""
        placed = (Placed(Place(run.fire_time, self._run_ordinals[run.id]), run) for run in self._wanted(wanted))
        earlier = (each for each in placed if before is None or each.place < before)
        return [
            each._replace(record=each.record._replace(output=None))
            for each in heapq.nlargest(limit, earlier, key=_PLACE)
        ]

    def spans_page(
        self, *, job_uid: str | None = None, before: Place | None = None, limit: int
    ) -> Sequence[Placed[Span]]:
        """Pick the newest."""
        uids: Iterable[str] = self._histories if job_uid is None else (job_uid,)
        histories = (history for uid in uids if (history := self._histories.get(uid)) is not None)
        placed = (
            Placed(Place(span.last, ordinal), span) for history in histories for ordinal, span in history.spans.items()
        )
        return heapq.nlargest(limit, (each for each in placed if before is None or each.place < before), key=_PLACE)

    def active_runs_of(self, job_uids: Iterable[str]) -> Sequence[Run]:
        """Sort what is active."""
        histories = (history for uid in set(job_uids) if (history := self._histories.get(uid)) is not None)
        return sorted((run for history in histories for run in history.active.values()), key=_QUEUE_ORDER)

    def last_finished_of(self, job_uids: Iterable[str]) -> dict[str, RunStatus]:
        """Look up what was noted at each end."""
        return {uid: run.status for uid in job_uids if (run := self._last_finished.get(uid)) is not None}

    def _wanted(self, wanted: RunFilter) -> Iterable[Run]:
        runs: Iterable[Run] = self._runs.values()
        if wanted.job_uid is not None:
            history = self._histories.get(wanted.job_uid)
            runs = () if history is None else map(self._runs.__getitem__, (*history.active, *history.finished))
        for run in runs:
            if wanted.statuses is not None and run.status not in wanted.statuses:
                continue
            if wanted.since is not None and run.fire_time < wanted.since:
                continue
            if wanted.until is None or run.fire_time < wanted.until:
                yield run
