"""Whether, and when, an attempt that has ended is made again."""

from datetime import datetime, timedelta

from schedrun.core.run.outcome import Outcome
from schedrun.core.spec.job import Job
from schedrun.core.spec.retries import Retries, When
from schedrun.core.spec.target import HttpTarget
from schedrun.core.status import RunStatus

LONGEST_ASKED = timedelta(days=365)
"""No server is left alone for longer, whatever date it names."""


def decide(
    job: Job, *, attempt: int, status: RunStatus, outcome: Outcome, at: datetime, roll: float
) -> datetime | None:
    """Return when the next attempt may begin, None when `attempt` (from 1) was the last.

    The attempt ended `at` (aware UTC) as `status`, for the reasons in `outcome`. `roll` in [0, 1) is the throw of the
    dice for full jitter: the wait is that part of its length. What a server asked for in `Retry-After` is a lower
    bound, above `max_backoff`.
    """
    if attempt > job.retries.max or not status.unsuccessful or not _selected(job, status, outcome):
        return None
    wait = _backoff(job.retries, retry=attempt)
    at_the_earliest = at + (wait * roll if job.retries.jitter else wait)
    match outcome.retry_after:
        case timedelta() as asked:
            return max(at_the_earliest, at + asked)
        case datetime() as asked_until:
            return max(at_the_earliest, min(asked_until, at + LONGEST_ASKED))
        case None:
            return at_the_earliest


def on_a_clock_set_back(retry_at: datetime, *, ended_at: datetime, now: datetime) -> datetime:
    """Return when the attempt may begin that was to at `retry_at`: from `now` on it waits no longer than it was to.

    `ended_at` is when the attempt before it ended; where that is later than `retry_at` it was moved already.
    """
    return retry_at if retry_at < ended_at else min(retry_at, now + (retry_at - ended_at))


def _selected(job: Job, status: RunStatus, outcome: Outcome) -> bool:
    when = job.retries.when
    match status:
        case _ if when is None:
            return True
        case RunStatus.INTERRUPTED:
            # Nobody knows how far it came, so only the job itself can say that doing it again does no harm.
            return job.idempotent
        case RunStatus.TIMED_OUT:
            return when.timeout
        case _:
            return _failure_selected(job, when, outcome)


def _failure_selected(job: Job, when: When, outcome: Outcome) -> bool:
    codes = when.statuses if isinstance(job.target, HttpTarget) else when.exit_codes
    return outcome.exit_code in codes or not set(when.exceptions).isdisjoint(outcome.exceptions)


def _backoff(retries: Retries, *, retry: int) -> timedelta:
    """Return the longest wait before the `retry`-th retry."""
    try:
        return min(retries.backoff * retries.factor ** (retry - 1), retries.max_backoff)
    except OverflowError:
        # It grew beyond what a duration holds, and so beyond the bound.
        return retries.max_backoff if retries.backoff else timedelta()
