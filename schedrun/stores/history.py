"""What became of one job's occurrences, kept in memory up to a bound."""

from collections.abc import Iterator
from datetime import UTC, datetime
from operator import attrgetter

from schedrun.core.run.attempt import Attempt
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunKind

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_FIRE_TIME = attrgetter("fire_time")


class History:
    """Runs and spans of one job.

    `occurrences` maps the fire times of scheduled runs to run ids, `spans` the order of recording to spans.
    `attempts` holds, by run id, those before a run's last: what the last did the run says itself.
    What is forgotten leaves one stretch behind, so that none of it can run again.
    """

    __slots__ = ("active", "attempts", "finished", "occurrences", "spans", "stretch")

    def __init__(self) -> None:
        self.active: dict[str, Run] = {}
        self.finished: dict[str, Run] = {}
        self.attempts: dict[str, tuple[Attempt, ...]] = {}
        self.occurrences: dict[datetime, str] = {}
        self.spans: dict[int, Span] = {}
        self.stretch: dict[None, tuple[datetime, datetime]] = {}

    @property
    def forgotten(self) -> tuple[datetime, datetime] | None:
        """The first and the last of the occurrences that were forgotten."""
        return self.stretch.get(None)

    def covers(self, fire_time: datetime) -> bool:
        """Whether a scheduled run, kept or forgotten, has this fire time."""
        if fire_time in self.occurrences:
            return True
        forgotten = self.forgotten
        return forgotten is not None and forgotten[0] <= fire_time <= forgotten[1]

    def ran_between(self, first: datetime, last: datetime) -> bool:
        """Whether a scheduled run has a fire time strictly between the two, or may have had before it was forgotten."""
        forgotten = self.forgotten
        if forgotten is not None and forgotten[1] > first and forgotten[0] < last:
            return True
        return any(first < fire_time < last for fire_time in self.occurrences)

    def newest_span(self) -> tuple[int, Span] | None:
        """Return the span that reaches furthest with its ordinal, None before the first."""
        return max(self.spans.items(), key=lambda item: (item[1].last, item[0]), default=None)

    def verdicts(self) -> Iterator[tuple[datetime, datetime]]:
        """Yield the stretches that have a verdict, in no order."""
        yield from ((fire_time, fire_time) for fire_time in self.occurrences)
        yield from ((span.first, span.last) for span in self.spans.values())
        if self.forgotten is not None:
            yield self.forgotten

    def forget_beyond(self, keep: int) -> list[str]:
        """Drop all but the last `keep` finished runs and spans; return the ids of the dropped runs."""
        dropped = []
        while len(self.finished) > keep:
            run = self.finished.pop(next(iter(self.finished)))
            dropped.append(run.id)
            self.attempts.pop(run.id, None)
            if run.kind is RunKind.SCHEDULED:
                del self.occurrences[run.fire_time]
                self._forget(run.fire_time, run.fire_time)
        while len(self.spans) > keep:
            span = self.spans.pop(next(iter(self.spans)))
            self._forget(span.first, span.last)
        return dropped

    def prunable(
        self, *, before: datetime | None, keep: int | None, cursor: datetime
    ) -> tuple[list[Run], list[tuple[int, Span]]]:
        """Return the finished runs and the spans that are too old or too many, of each the oldest first."""
        runs = sorted((*self.finished.values(), *self.active.values()), key=_FIRE_TIME)
        kept = runs[-keep].fire_time if keep is not None and len(runs) >= keep else _BEGINNING
        too_old = before or _BEGINNING
        doomed = [
            run
            for run in runs
            if run.finished_at is not None
            and (run.kind is RunKind.MANUAL or run.fire_time <= cursor)
            and (run.fire_time < kept or max(run.fire_time, run.finished_at) < too_old)
        ]
        spans = sorted(self.spans.items(), key=lambda item: item[1].last)
        kept = spans[-keep][1].last if keep is not None and len(spans) >= keep else _BEGINNING
        stale = [
            (ordinal, span)
            for ordinal, span in spans
            if span.last <= cursor and (span.last < kept or max(span.last, span.decided_at or span.last) < too_old)
        ]
        return doomed, stale

    def with_forgotten(self, first: datetime, last: datetime) -> tuple[datetime, datetime]:
        """Return what is forgotten once this stretch is too."""
        forgotten = self.forgotten
        return (first, last) if forgotten is None else (min(first, forgotten[0]), max(last, forgotten[1]))

    def _forget(self, first: datetime, last: datetime) -> None:
        self.stretch[None] = self.with_forgotten(first, last)


def extends(newest: Span, span: Span) -> bool:
    """Whether `span` goes on where `newest` ends: the same verdict for the same reason, later."""
    same = (newest.status, newest.reason, newest.blocked_by) == (span.status, span.reason, span.blocked_by)
    return same and newest.last < span.first
