"""A clock that was set back: verdicts that were given for instants which have not come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.span import Span
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import TICK, Fires

CLOCK_TOLERANCE = timedelta(seconds=1)
"""A cursor this little ahead of the clock is left where it is: the clock was slewed, not set back."""

BELIEVED_FROM = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock before this lost its time (no battery, no network yet): nobody had this program then."""


class Cut(NamedTuple):
    """A span that reaches ahead of the clock, and what of it stands: None where nothing does."""

    span: Span
    kept: Span | None

    @property
    def reopened(self) -> int:
        """How many occurrences have no verdict any more."""
        return self.span.count - (0 if self.kept is None else self.kept.count)


def reach(job: RecordedJob, *, now: datetime) -> datetime | None:
    """Return up to where verdicts may lie ahead of the clock, None where none does."""
    farthest = job.cursor if job.covered_until is None else max(job.cursor, job.covered_until)
    return farthest if farthest > now + CLOCK_TOLERANCE else None


def followed(job: RecordedJob, compiled: Fires, *, now: datetime) -> datetime:
    """Return the cursor on the clock that was set back: nothing after it has come due, or it is where it was."""
    return now - compiled.offset if job.cursor > now + CLOCK_TOLERANCE else job.cursor


def come(job: RecordedJob, compiled: Fires, *, now: datetime) -> datetime:
    """Return the last nominal instant that has come: what only a span says of those after it does not stand."""
    return max(followed(job, compiled, now=now), now - compiled.offset)


def cut(span: Span, compiled: Fires, *, after: datetime, now: datetime) -> Cut:
    """Return what stands of a span that reaches beyond `after`, the last instant that has come at `now`.

    What never ran is judged again when it comes due. A clock that lost its time is no reason: what is recorded ahead
    of that has come in truth.
    """
    if now < BELIEVED_FROM:
        return Cut(span, span)
    if span.first > after:
        return Cut(span, None)
    last, count = span.first, 1
    stretch = fires.stretch(compiled, after=span.first - TICK, until=after)
    if stretch is not None and stretch.first == span.first:  # else the schedule was edited since
        last, count = stretch.last, min(stretch.count, span.count - 1)
    decided_at = None if span.decided_at is None else min(span.decided_at, now)
    return Cut(span, replace(span, last=last, count=count, decided_at=decided_at))


def silences(forgotten: tuple[datetime, datetime], compiled: Fires, *, after: datetime) -> bool:
    """Whether fires to come lie in what was forgotten: nobody knows which of them ran, so none of them may."""
    first, last = forgotten
    return fires.stretch(compiled, after=max(after, first - TICK), until=last) is not None
