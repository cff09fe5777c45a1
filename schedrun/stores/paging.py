"""Pages as SQL: each is a range of an index, so that a deep one costs what the first does."""

import heapq
from collections.abc import Iterable, Sequence
from typing import Any

from schedrun.core.ids import JobKey
from schedrun.core.run.page import Place, Placed, RunFilter
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunStatus
from schedrun.stores import rows
from schedrun.stores.queries import Queries
from schedrun.stores.rows import Row, micros
from schedrun.stores.statements import SQL

_EARLIEST, _LATEST = -(2**63), 2**63 - 1
_ACTIVE = frozenset(status for status in RunStatus if status.active)
_RARE = frozenset(status for status in RunStatus if not status.active) - {RunStatus.SUCCEEDED}
"""What has an index of its own: it costs a run that succeeds nothing."""


class Paging(Queries):
    """The questions of a `Reader` that are answered in pages."""

    def jobs_page(self, *, after: JobKey = "", below: JobKey | None = None, limit: int) -> Sequence[RecordedJob]:
        """Select by key, and once more where rows could not be read."""
        found: list[RecordedJob] = []
        while len(found) < limit:
            missing = limit - len(found)
            statement = SQL["jobs_page"] if below is None else SQL["jobs_page_of_set"]
            page = self._all(statement, {"after": after, "below": below, "limit": missing})
            found += self._jobs.readable(page)
            if len(page) < missing:
                break
            after = page[-1][1]
        return found

    def runs_page(self, wanted: RunFilter, *, before: Place | None = None, limit: int) -> Sequence[Placed[Run]]:
        """Select by the index that leads past the fewest other runs."""
        asked = _range(wanted, before) | {"limit": limit, "uid": wanted.job_uid, "statuses": None}
        if wanted.statuses is not None:
            asked["statuses"] = rows.to_json(sorted(wanted.statuses))
        return [_placed_run(row) for row in self._runs_page(wanted, asked)[:limit]]

    def spans_page(
        self, *, job_uid: str | None = None, before: Place | None = None, limit: int
    ) -> Sequence[Placed[Span]]:
        """Select by last."""
        at, ordinal = _bound(before)
        asked = {"at": at, "ordinal": ordinal, "limit": limit, "uid": job_uid}
        found = self._all(SQL["spans_page"] if job_uid is None else SQL["spans_page_of_job"], asked)
        return [_placed_span(row) for row in found]

    def active_runs_of(self, job_uids: Iterable[str]) -> Sequence[Run]:
        """Select what of these jobs has not ended."""
        return [rows.run_of(row) for row in self._all(SQL["runs_active_of_jobs"], (rows.to_json(list(job_uids)),))]

    def last_finished_of(self, job_uids: Iterable[str]) -> dict[str, RunStatus]:
        """Select what was noted at each end."""
        found = self._all(SQL["last_ends_of_jobs"], (rows.to_json(list(job_uids)),))
        return {uid: RunStatus(status) for uid, status in found}

    def _runs_page(self, wanted: RunFilter, asked: dict[str, Any]) -> list[Row]:
        if wanted.job_uid is not None:
            return self._all(SQL["runs_page_of_job"], asked)
        if wanted.statuses is None:
            return self._all(SQL["runs_page"], asked)
        if not wanted.statuses <= _ACTIVE | _RARE:
            return self._all(SQL["runs_page_of_statuses"], asked)
        pages = [self._all(SQL["runs_page_rare"], asked | {"status": each}) for each in wanted.statuses & _RARE]
        if wanted.statuses & _ACTIVE:
            pages.append(self._all(SQL["runs_page_active"], asked))
        return list(heapq.merge(*pages, key=_order, reverse=True))


def _range(wanted: RunFilter, before: Place | None) -> dict[str, Any]:
    """Return the bounds of fire time and ordinal: the page stands before `at` and `ordinal`, not before `since`."""
    at, ordinal = _bound(before)
    if wanted.until is not None:
        at, ordinal = min((at, ordinal), (micros(wanted.until), _EARLIEST))
    return {"at": at, "ordinal": ordinal, "since": _EARLIEST if wanted.since is None else micros(wanted.since)}


def _bound(before: Place | None) -> tuple[int, int]:
    return (_LATEST, _LATEST) if before is None else (micros(before.at), before.ordinal)


def _order(row: Row) -> tuple[int, int]:
    """Return fire time and ordinal."""
    return row[3], row[0]


def _placed_run(row: Row) -> Placed[Run]:
    run = rows.run_of(row[1:])
    return Placed(Place(run.fire_time, row[0]), run)


def _placed_span(row: Row) -> Placed[Span]:
    span = rows.span_of(row[1:])
    return Placed(Place(span.last, row[0]), span)
