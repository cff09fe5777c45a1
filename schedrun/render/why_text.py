"""Why an occurrence ran or did not, in one sentence with the facts."""

from datetime import UTC, datetime, timedelta

from schedrun.core.run.gaps import Cause, Gap
from schedrun.core.run.occurrences import GRACE_WORDS, NO_CATCH_UP_WORDS
from schedrun.core.run.run import Run
from schedrun.core.run.span import Span
from schedrun.core.run.why import LATE, Answer, Finding
from schedrun.core.spec.instant import utc_text
from schedrun.core.status import RunKind, RunStatus, SpanStatus
from schedrun.render.counting import counted
from schedrun.render.escape import for_terminal
from schedrun.render.instants import elapsed, length, relative, to_the_second
from schedrun.render.runs_table import at_the_next_start, last_heard_of, took

_COARSE = timedelta(minutes=10)
"""The ends of a gap that is longer than this are told to the minute."""

_UNTOLD = timedelta(milliseconds=50)

_CAUSES = {
    Cause.DOWN: "the service was down",
    Cause.ENDING: "the service was ending, and down",
    Cause.SUSPENDED: "the machine slept",
    Cause.CLOCK_STEPPED: "the clock was set forward over",
    Cause.STALLED: "the service stood still",
}


def text(answer: Answer, *, now: datetime) -> str:
    """Return the occurrence and what became of it, as one line."""
    subject = f"{answer.job.key}@{utc_text(answer.fire_time)}"
    return for_terminal(f"{subject} {sentence(answer, now=now)}")


def sentence(answer: Answer, *, now: datetime) -> str:
    """Return what became of the occurrence; the date stands where it is another day's than the occurrence's (UTC)."""
    match answer.finding:
        case Finding.RUN:
            assert answer.run is not None  # what the finding means
            said = _run(answer, answer.run, now=now)
        case Finding.MISSED | Finding.SUPERSEDED | Finding.SKIPPED:
            assert answer.span is not None  # what the finding means
            said = f"did not run: {_span(answer, answer.span)}"
        case Finding.FORGOTTEN:
            said = "had its verdict, which is forgotten: history that old was pruned"
        case Finding.NEVER_DUE:
            said = f"never was due: {_nearest(answer)}"
        case _:
            said = _without_record(answer, now)
    caveat = "" if answer.certain else "; the schedule was edited since, so it is not certain that it was due at all"
    return f"{said}{caveat}."


def _run(answer: Answer, run: Run, *, now: datetime) -> str:
    match run.status:
        case RunStatus.QUEUED:
            return f"is waiting: {_waiting(answer, run, now=now)}"
        case RunStatus.RUNNING if answer.down_since is not None:
            heard = _clock(last_heard_of(run, answer.down_since), answer)
            return f"was running when the service was last heard of at {heard} UTC; {at_the_next_start(run)}"
        case RunStatus.RUNNING:
            since = run.started_at or now
            parts = [f"attempt {_of_allowed(answer, run.attempt)} for {elapsed(since, now)}"]
            return f"is running: {', '.join(parts + _started(answer))}"
        case RunStatus.SUCCEEDED:
            parts = ["succeeded" + (f" on attempt {run.attempt}" if run.attempt > 1 else "")]
            return f"ran: {', '.join(parts + _started(answer) + _took(run))}"
        case _:
            return ", ".join([_ended(run), *_started(answer), *_took(run)])


def _ended(run: Run) -> str:
    """Return how a run ended that did not succeed, and after how many attempts."""
    error = run.error or "no reason was recorded"
    attempts = f", after {run.attempt} attempts" if run.attempt > 1 else ""
    match run.status:
        case RunStatus.CANCELLED:
            said = f"was {error}" if error.startswith("cancelled") else f"was cancelled: {error}"
        case RunStatus.INTERRUPTED:
            said = f"was interrupted: {error}"
        case RunStatus.TIMED_OUT if error.startswith("timed out"):
            said = error
        case _:
            said = f"failed: {error}"
    return f"{said}{attempts}"


def _waiting(answer: Answer, run: Run, *, now: datetime) -> str:
    if run.between_attempts:
        again = f"attempt {_of_allowed(answer, run.attempt + 1)}"
        last = f", after {run.error}" if run.error else ""
        if run.retry_at is not None and run.retry_at > now:
            at = f"{_clock(to_the_second(run.retry_at), answer, seconds=True)} UTC ({relative(run.retry_at, now=now)})"
            return f"{again} comes at {at}{last}{_idle(answer)}"
        return f"{again} is due{last}{_idle(answer)}" if _idle(answer) else f"{again} waits for its turn{last}"
    if _idle(answer):
        return f"for the next `schedrun run`{_idle(answer)}"
    if answer.ahead is not None:
        return f"for run {answer.ahead.id}, which {_in_the_way(answer.ahead, answer)}"
    # The limits are the service's, and what outlives its run is known to it alone.
    limits = f"of all jobs or of group {group}" if (group := answer.job.spec.group) else "of all jobs"
    held = f"a limit on the runs {limits}, or work that outlived its run, is"
    return f"for its turn: no run of its job is in the way, so {held}"


def _in_the_way(ahead: Run, answer: Answer) -> str:
    """Return what a run does that another of its job waits for."""
    if ahead.between_attempts:
        at = "" if ahead.retry_at is None else f" at {_clock(to_the_second(ahead.retry_at), answer, seconds=True)} UTC"
        return f"keeps its place until its attempt {ahead.attempt + 1}{at}"
    return "is active" if ahead.status is RunStatus.RUNNING else "waits before it"


def _idle(answer: Answer) -> str:
    """Return why nothing goes on at present, empty when a service is active."""
    if answer.no_service_yet:
        return "; no service has run yet"
    if answer.down_since is None:
        return ""
    return f"; the service is down since {_clock(answer.down_since, answer)} UTC"


def _started(answer: Answer) -> list[str]:
    """Return how late the first attempt began, and why that was where it is known."""
    run, started = answer.run, answer.first_started
    if run is None or started is None or run.kind is RunKind.MANUAL:
        return []
    late = started - answer.due
    if late < _UNTOLD:
        return ["started on time"] if late > -_UNTOLD else []
    said = f"started {length(late)} after it was due"
    if answer.gap is not None:
        return [f"{said} ({_gap(answer.gap, answer)})"]
    waited = started - run.queued_at
    if late > LATE and waited > LATE:
        return [f"{said} (it waited {length(waited)} for its turn)"]
    return [said]


def _took(run: Run) -> list[str]:
    return [f"took {took(run)}"] if took(run) else []


def _of_allowed(answer: Answer, attempt: int) -> str:
    """Return `2 of 4` of a run that is not over, or `2` where the job's retries of today allow fewer.

    What they allowed a run that is over, nobody recorded.
    """
    allowed = answer.job.spec.retries.max + 1
    return f"{attempt} of {allowed}" if attempt <= allowed else str(attempt)


def _span(answer: Answer, span: Span) -> str:
    match span.status:
        case SpanStatus.MISSED:
            return _missed(answer, span)
        case SpanStatus.SUPERSEDED:
            after = "" if answer.gap is None else f" after {_gap(answer.gap, answer)}"
            return f"{span.reason}{after}"
        case SpanStatus.SKIPPED:
            return _skipped(answer, span)


def _missed(answer: Answer, span: Span) -> str:
    if answer.gap is None or GRACE_WORDS not in span.reason:
        return span.reason
    policy = f", {NO_CATCH_UP_WORDS}" if NO_CATCH_UP_WORDS in span.reason else ""
    said = f"{_gap(answer.gap, answer)}{policy}, misfire grace is {span.reason.rpartition(GRACE_WORDS)[2]}"
    late = timedelta(0) if span.decided_at is None else span.decided_at - answer.due
    return f"{said}, and it would have been {length(late)} late" if late > timedelta(0) else said


def _skipped(answer: Answer, span: Span) -> str:
    if span.blocked_by is None:
        if span.count == 1:
            return span.reason
        first, last = (_clock(to_the_second(at), answer, seconds=True) for at in (span.first, span.last))
        return f"{span.reason} ({counted(span.count, 'fire')}, {first} to {last} UTC)"
    blocker = answer.blocker
    if blocker is None:
        return span.reason
    of = "its request" if blocker.kind is RunKind.MANUAL else "fire time"
    named = f"run {blocker.id} ({of} {_clock(to_the_second(blocker.fire_time), answer, seconds=True)} UTC)"
    until = "" if blocker.finished_at is None else f" and ended at {_clock(blocker.finished_at, answer)} UTC"
    was = span.reason.replace(f"run {span.blocked_by}", named, 1)
    return f"{was}{until}"


def _without_record(answer: Answer, now: datetime) -> str:
    job, pause = answer.job, answer.pause
    match answer.finding:
        case Finding.PAUSED:
            assert pause is not None  # what the finding means
            since = "" if job.override is None else f", since {_clock(job.override.since, answer)} UTC"
            until = "" if pause.until is None else f", until {utc_text(to_the_second(pause.until))}"
            return f"does not run: {pause.reason}{since}{until}"
        case Finding.NOT_YET:
            skipped = "" if pause is None else f", and will be skipped: {pause.reason}"
            return f"has not come yet: it is due {relative(answer.due, now=now)}{skipped}"
        case Finding.UNDECIDED:
            came = f"it came due {relative(answer.due, now=now)}"
            idle = _idle(answer)
            return f"has no verdict yet: {came}{idle}, and the next start decides" if idle else f"is due: {came}"
        case Finding.REMOVED:
            assert job.removed_at is not None  # what the finding means
            return f"was not due: the job had been removed at {utc_text(to_the_second(job.removed_at))}"
        case Finding.NOT_SEEN:
            return "has no verdict, nor has any fire before it: the job was first seen, or last edited, after it"
        case _:
            # An edit plans nothing for the past.
            return "has no verdict: the schedule was edited after it, or its record is gone"


def _nearest(answer: Answer) -> str:
    before, after = (None if at is None else utc_text(at) for at in answer.nearest)
    if before is not None and after is not None:
        return f"the job {'fires' if answer.job.removed_at is None else 'fired'} at {before} and {after}"
    if before is None and after is None:
        return "the job has no fires at all"
    return f"the last fire of the job is at {before}" if after is None else f"the job's first fire is at {after}"


def _gap(gap: Gap, answer: Answer) -> str:
    cause = _CAUSES[gap.cause]
    if gap.first is None:
        return "no service had run yet" if gap.last is None else f"no service ran before {_clock(gap.last, answer)} UTC"
    if gap.last is None:
        return f"{cause} from {_clock(gap.first, answer)} UTC on"
    seconds = gap.last - gap.first < _COARSE
    first, last = (_clock(at, answer, seconds=seconds) for at in (gap.first, gap.last))
    return f"{cause} {first}-{last} UTC"


def _clock(moment: datetime, answer: Answer, *, seconds: bool = False) -> str:
    """Return the time of day in UTC, with its date where that is not the occurrence's."""
    moment = moment.astimezone(UTC)
    day = "" if moment.date() == answer.fire_time.astimezone(UTC).date() else f"{moment:%Y-%m-%d} "
    return f"{day}{moment:%H:%M:%S}" if seconds else f"{day}{moment:%H:%M}"
