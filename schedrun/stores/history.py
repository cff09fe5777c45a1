"""What became of one job's occurrences, kept in memory up to a bound."""

from collections.abc import Iterator
from datetime import datetime

from schedrun.core.run.attempt import Attempt
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.status import RunKind


class History:
    """Runs and spans of one job.

    `occurrences` maps the fire times of scheduled runs to run ids, `spans` the order of recording to spans.
    `attempts` holds, by run id, those before a run's last: what the last did the run says itself.
    What is forgotten leaves one stretch behind, so that none of it can run again.
    """

    __slots__ = ("active", "attempts", "finished", "forgotten", "occurrences", "spans")

    def __init__(self) -> None:
        self.active: dict[str, Run] = {}
        self.finished: dict[str, Run] = {}
        self.attempts: dict[str, tuple[Attempt, ...]] = {}
        self.occurrences: dict[datetime, str] = {}
        self.spans: dict[int, Span] = {}
        self.forgotten: tuple[datetime, datetime] | None = None

    def covers(self, fire_time: datetime) -> bool:
        """Whether a scheduled run, kept or forgotten, has this fire time."""
        if fire_time in self.occurrences:
            return True
        return self.forgotten is not None and self.forgotten[0] <= fire_time <= self.forgotten[1]

    def ran_between(self, first: datetime, last: datetime) -> bool:
        """Whether a scheduled run has a fire time strictly between the two."""
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

    def _forget(self, first: datetime, last: datetime) -> None:
        if self.forgotten is not None:
            first, last = min(first, self.forgotten[0]), max(last, self.forgotten[1])
        self.forgotten = (first, last)


def extends(newest: Span, span: Span) -> bool:
    """Whether `span` goes on where `newest` ends: the same verdict for the same reason, later."""
    same = (newest.status, newest.reason, newest.blocked_by) == (span.status, span.reason, span.blocked_by)
    return same and newest.last < span.first
