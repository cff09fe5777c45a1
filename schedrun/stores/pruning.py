"""Forgetting as SQL: what may go, and how it goes."""

from datetime import datetime

from schedrun.core.run.retention import Pruned
from schedrun.stores import rows
from schedrun.stores.queries import Queries
from schedrun.stores.rows import Row, micros, micros_or_none
from schedrun.stores.statements import SQL

_NEVER = -(2**63)
"""Before every instant."""
_ALL = -1


class Prunable(Queries):
    """The questions of a `Reader` about what may be forgotten."""

    def forgotten(self, job_uid: str) -> tuple[datetime, datetime] | None:
        """Select the stretch."""
        row = self._one(SQL["pruned_of_job"], (job_uid,))
        return None if row is None else (rows.instant(row[0]), rows.instant(row[1]))

    def earliest_span(self) -> datetime | None:
        """Select the first of the firsts."""
        row = self._one(SQL["span_earliest"])
        return None if row is None else rows.instant_or_none(row[0])

    def prunable(self, job_uid: str, *, before: datetime | None, keep: int | None) -> Pruned:
        """Count what `prune` would delete."""
        runs, spans = self._prunable(job_uid, before=before, keep=keep, limit=_ALL)
        return Pruned(len(runs), len(spans))

    def prunable_records(self, *, before: datetime, needed: datetime) -> int:
        """Count what `prune_records` would delete."""
        counted = self._one(SQL["prunable_records"], {"before": micros(before), "needed": micros(needed)})
        return 0 if counted is None else int(counted[0])

    def _prunable(
        self, job_uid: str, *, before: datetime | None, keep: int | None, limit: int
    ) -> tuple[list[Row], list[Row]]:
        bounds = self._one(SQL["prune_bounds"], (job_uid,))
        if bounds is None:
            return [], []
        asked = {"uid": job_uid, "cursor": bounds[0], "limit": limit}
        too_old = micros_or_none(before)
        runs = self._too_many_or_old(
            SQL["prunable_runs"], SQL["prune_kept_run"], asked=asked, too_old=too_old, keep=keep
        )
        return runs, self._too_many_or_old(
            SQL["prunable_spans"], SQL["prune_kept_span"], asked=asked, too_old=too_old, keep=keep
        )

    def _too_many_or_old(
        self, statement: str, kept_statement: str, *, asked: dict[str, object], too_old: int | None, keep: int | None
    ) -> list[Row]:
        kept = None if keep is None else self._one(kept_statement, {"uid": asked["uid"], "keep": keep})
        bounds = {"before": _NEVER if too_old is None else too_old, "kept": _NEVER if kept is None else kept[0]}
        return self._all(statement, asked | bounds | {"upto": max(bounds.values())})


class Pruning(Prunable):
    """The part of a `Transaction` that forgets."""

    def prune(self, job_uid: str, *, before: datetime | None, keep: int | None, limit: int) -> Pruned:
        """Delete runs with their attempts, then spans, and remember the stretch that they covered."""
        runs, spans = self._prunable(job_uid, before=before, keep=keep, limit=limit)
        spans = spans[: limit - len(runs)]
        stretches = [(fire_time, fire_time) for _, kind, fire_time in runs if kind == "scheduled"]
        stretches += [(first, last) for _, first, last in spans]
        if runs:
            doomed = rows.to_json([row[0] for row in runs])
            self._execute(SQL["prune_attempts"], (doomed,))
            self._execute(SQL["prune_runs"], (doomed,))
        if spans:
            self._execute(SQL["prune_spans"], (rows.to_json([row[0] for row in spans]),))
        if stretches:
            first, last = min(first for first, _ in stretches), max(last for _, last in stretches)
            self._execute(SQL["pruned_put"], (job_uid, first, last))
        return Pruned(len(runs), len(spans))

    def prune_records(self, *, before: datetime, needed: datetime, limit: int) -> int:
        """Delete events, requests, notices and sessions, the oldest of each first."""
        pruned = 0
        for statement, instant in (
            (SQL["prune_events"], needed),
            (SQL["prune_requests"], before),
            (SQL["prune_notices"], before),
            (SQL["prune_sessions"], needed),
        ):
            pruned += self._execute(statement, (micros(instant), limit - pruned)).rowcount
        return pruned
