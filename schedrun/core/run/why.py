"""Why one occurrence ran, or did not: what the ledger holds about it becomes one answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from schedrun.core.run import gaps, overlap, pauses, set_back
from schedrun.core.run.attempt import Attempt
from schedrun.core.run.gaps import Gap
from schedrun.core.run.pauses import EffectivePause
from schedrun.core.run.recorded import Event, RecordedJob, Session
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import BEGINNING, TICK, Fires
from schedrun.core.status import RunKind, RunStatus, SpanStatus

LATE = timedelta(seconds=10)
"""A start that is later than this has a reason; less is how long a busy machine takes."""


@dataclass(frozen=True, slots=True)
class Window:
    """The instants that a time means which was said to a second, or finer: from `first` to `last`, inclusive."""

    first: datetime
    last: datetime

    def holds(self, instant: datetime) -> bool:
        """Whether the instant is one of them."""
        return self.first <= instant <= self.last

    def earlier(self, offset: timedelta) -> "Window":
        """Return the window that lies `offset` before."""
        return Window(self.first - offset, self.last - offset)


class Finding(StrEnum):
    """What is known of an occurrence."""

    RUN = "run"
    MISSED = "missed"
    SUPERSEDED = "superseded"
    SKIPPED = "skipped"
    PAUSED = "paused"
    NOT_YET = "not yet"
    UNDECIDED = "undecided"
    FORGOTTEN = "forgotten"
    REMOVED = "removed"
    NOT_SEEN = "not seen"
    NOT_PLANNED = "not planned"
    NEVER_DUE = "never due"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A run or a span that the ledger has for the time that was asked for; `fire_time` is the nominal instant.

    `certain` is False where the schedule was edited since, so that nobody knows any more whether the span had a fire
    at that very time.
    """

    fire_time: datetime
    run: Run | None = None
    span: Span | None = None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else the ledger holds that may explain an occurrence.

    `sessions` are the last that started at or before it was due and the first that started later, `events` what
    followed, oldest first; `down_since` is when the service was last heard of that ought to run now, None while there
    is one; `active` are the job's queued and running runs, `blocker` is the run that it made way for; `seen_before`
    says whether the job has verdicts of the time before; `forgotten` is the stretch of occurrences whose verdicts were
    pruned.
    """

    sessions: tuple[Session | None, Session | None] = (None, None)
    down_since: datetime | None = None
    no_service_yet: bool = False
    events: Sequence[Event] = ()
    attempts: Sequence[Attempt] = ()
    active: Sequence[Run] = ()
    blocker: Run | None = None
    seen_before: bool = False
    forgotten: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is known of one occurrence; `due` is when it was to start, spread offset included.

    `gap` is what kept it from starting in time, `nearest` the fires before and after a time at which none was due,
    `ahead` the run of its own job that a queued run waits for, None where none is in its way, and `down_since` when the
    service ended that ought to run now, None while there is one.
    """

    job: RecordedJob
    finding: Finding
    fire_time: datetime
    due: datetime
    run: Run | None = None
    attempts: Sequence[Attempt] = ()
    span: Span | None = None
    certain: bool = True
    gap: Gap | None = None
    blocker: Run | None = None
    ahead: Run | None = None
    pause: EffectivePause | None = None
    nearest: tuple[datetime | None, datetime | None] = (None, None)
    down_since: datetime | None = None
    no_service_yet: bool = False

    @property
    def first_started(self) -> datetime | None:
        """When the first attempt began."""
        if self.attempts:
            return self.attempts[0].started_at
        return None if self.run is None else self.run.started_at


def choose(window: Window, compiled: Fires, *, runs: Sequence[Run], spans: Sequence[Span]) -> Occurrence | None:
    """Return what the ledger has for the time that was asked for: a scheduled run, else a span, else a manual run.

    `runs` have their fire time in the window, `spans` touch it, both in order. None when there is neither.
    """
    for kind in RunKind.SCHEDULED, RunKind.MANUAL:
        if kind is RunKind.MANUAL and (found := _of_span(window, compiled, spans)) is not None:
            return found
        for run in runs:
            if run.kind is kind:
                return Occurrence(run.fire_time, run=run)
    return None


def explain(
    job: RecordedJob,
    compiled: Fires,
    *,
    window: Window,
    occurrence: Occurrence | None,
    around: Surroundings,
    now: datetime,
) -> Answer:
    """Return what is known of the occurrence that the window means, and why it went as it did."""
    fire_time = occurrence.fire_time if occurrence is not None else nominal(window, compiled)
    at = fire_time or window.first
    facts = Answer(
        job,
        Finding.NEVER_DUE,
        at,
        at + compiled.offset,
        down_since=around.down_since,
        no_service_yet=around.no_service_yet,
    )
    if occurrence is not None and occurrence.run is not None:
        return _of_run(facts, occurrence.run, around, now)
    clock_set_back = set_back.reach(job, now=now) is not None
    if clock_set_back and facts.due > now and (occurrence is not None or fire_time is not None):
        # Whatever was said of it, it is open again as soon as somebody plans, unless that was forgotten.
        return _still_to_come(facts, around)
    if occurrence is not None and occurrence.span is not None:
        return _of_a_span(facts, occurrence, occurrence.span, around, now)
    if fire_time is None:
        return replace(facts, nearest=_nearest(compiled, window))
    return _without_record(facts, around, now)


def _of_run(facts: Answer, run: Run, around: Surroundings, now: datetime) -> Answer:
    answer = replace(facts, finding=Finding.RUN, run=run, attempts=around.attempts)
    started = answer.first_started
    if run.kind is RunKind.MANUAL:
        answer = replace(answer, due=run.fire_time)  # it was asked for then: no spread
    elif started is not None and started - facts.due > LATE:
        answer = replace(answer, gap=_gap(facts.due, run.queued_at, around, now))
    if run.status is RunStatus.QUEUED:
        answer = replace(answer, ahead=_ahead(facts.job, run, around.active, now))
    return answer


def _ahead(job: RecordedJob, run: Run, active: Sequence[Run], now: datetime) -> Run | None:
    """Return the run that the queued one waits for: one that runs, else one that keeps its place, else an older one."""
    spec = job.spec
    may = overlap.startable(active, overlap=spec.overlap, max_instances=spec.max_instances, now=now)
    if any(each.id == run.id for each in may):
        return None
    others = [each for each in active if each.id != run.id]
    older = others[: next((place for place, each in enumerate(active) if each.id == run.id), 0)]
    running = [each for each in others if each.status is RunStatus.RUNNING]
    between = [each for each in others if each.between_attempts]
    return next(iter((*running, *between, *older)), None)


def _of_a_span(facts: Answer, occurrence: Occurrence, span: Span, around: Surroundings, now: datetime) -> Answer:
    answer = replace(facts, finding=_FINDINGS[span.status], span=span, certain=occurrence.certain)
    if span.status is SpanStatus.SKIPPED:
        return replace(answer, blocker=around.blocker)
    return replace(answer, gap=_gap(facts.due, span.decided_at, around, now))


def _still_to_come(facts: Answer, around: Surroundings) -> Answer:
    if _is_forgotten(facts, around):
        return replace(facts, finding=Finding.FORGOTTEN)
    if facts.job.removed_at is not None:
        return replace(facts, finding=Finding.REMOVED)
    return replace(facts, finding=Finding.NOT_YET, pause=pauses.holding(facts.job, facts.due))


def _is_forgotten(facts: Answer, around: Surroundings) -> bool:
    return around.forgotten is not None and around.forgotten[0] <= facts.fire_time <= around.forgotten[1]


def _without_record(facts: Answer, around: Surroundings, now: datetime) -> Answer:
    job, removed = facts.job, facts.job.removed_at
    if _is_forgotten(facts, around):
        return replace(facts, finding=Finding.FORGOTTEN)
    if facts.fire_time <= job.cursor:
        return replace(facts, finding=Finding.NOT_PLANNED if around.seen_before else Finding.NOT_SEEN)
    if removed is not None and facts.due > removed:
        return replace(facts, finding=Finding.REMOVED)
    pause = pauses.holding(job, facts.due)
    if facts.due > now:
        return replace(facts, finding=Finding.NOT_YET, pause=pause)
    if pause is not None:
        return replace(facts, finding=Finding.PAUSED, pause=pause)
    return replace(facts, finding=Finding.UNDECIDED)


_FINDINGS = {
    SpanStatus.MISSED: Finding.MISSED,
    SpanStatus.SUPERSEDED: Finding.SUPERSEDED,
    SpanStatus.SKIPPED: Finding.SKIPPED,
}


def _gap(instant: datetime, decided_at: datetime | None, around: Surroundings, now: datetime) -> Gap | None:
    before, after = around.sessions
    return gaps.around(instant, decided_at=decided_at, before=before, after=after, events=around.events, now=now)


def _nearest(compiled: Fires, window: Window) -> tuple[datetime | None, datetime | None]:
    earlier = fires.latest(compiled, after=BEGINNING, until=window.first - TICK, limit=1)
    return (earlier[0] if earlier else None), fires.next_fire(compiled, after=window.last)


def nominal(window: Window, compiled: Fires) -> datetime | None:
    """Return the first fire in the window, None when there is none."""
    instant = fires.next_fire(compiled, after=window.first - TICK)
    return instant if instant is not None and instant <= window.last else None


def _of_span(window: Window, compiled: Fires, spans: Sequence[Span]) -> Occurrence | None:
    for span in spans:
        for end in span.first, span.last:
            if window.holds(end):
                return Occurrence(end, span=span)
        # Only ends are recorded: whether it has a fire at this time, the schedule says, unless it was edited since.
        as_then = span.count == fires.count(compiled, after=span.first - TICK, until=span.last)
        instant = nominal(window, compiled)
        if instant is not None or not as_then:
            return Occurrence(instant or window.first, span=span, certain=as_then)
    return None
