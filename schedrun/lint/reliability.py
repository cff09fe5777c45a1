"""SR5: what happens when a run takes long, fails, or comes late."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from schedrun.core.diagnostics import Severity
from schedrun.core.schedule import fires
from schedrun.core.schedule.fires import Fires
from schedrun.core.schedule.words import counted
from schedrun.core.spec import duration
from schedrun.core.spec.job import Job
from schedrun.core.spec.policy import CatchUp, Overlap
from schedrun.core.spec.retries import Retries
from schedrun.core.spec.target import HttpTarget
from schedrun.lint import gaps
from schedrun.lint.facts import Facts
from schedrun.lint.found import Found

_STORM = 20
"""How many late runs of one job may start at once after a downtime before SR506 says so."""
_MOST_GRACE = timedelta(days=366)
_SECOND = timedelta(seconds=1)
_LONG = timedelta(days=365_000)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""The methods that are idempotent by RFC 9110, section 9.2.2."""
_CODES = {"timeout": "SR501", "owner": "SR508"}


def check(job: Job, facts: Facts) -> Iterator[Found]:
    """Yield what is unwise about the limits, retries and late runs of `job`."""
    required = facts.settings.required
    if job.timeout is None and "timeout" not in required and not isinstance(job.target, HttpTarget):
        yield Found("SR501", "no `timeout`: a run that hangs is never ended", "write one, such as `timeout: 10m`")
    if job.owner is None and "owner" not in required:
        yield Found("SR508", "no `owner`: nobody knows who answers for this job", "write `owner`, here or as a default")
    for name in required:
        yield from _required(name, job)
    if job.timeout is not None or job.retries.max:
        yield from _gap(job, facts)
    if job.retries.max and not job.idempotent:
        yield from _not_idempotent(job)
    if job.misfire.catch_up is CatchUp.ALL:
        yield from _storm(job, facts)


def _required(name: str, job: Job) -> Iterator[Found]:
    if name.startswith("labels."):
        missing = name.removeprefix("labels.") not in job.labels
    else:
        missing = name not in job.model_fields_set
    if missing:
        message = f"missing field `{name}`, which the settings require of every job"
        hint = f"write `{name}`, here or in the defaults"
        yield Found(_CODES.get(name, "SR509"), message, hint, severity=Severity.ERROR)


def _gap(job: Job, facts: Facts) -> Iterator[Found]:
    """Yield how long runs may take that the next fire comes too soon for."""
    if job.overlap in {Overlap.ALLOW, Overlap.REPLACE}:
        return
    shortest = gaps.shortest(job.schedule, facts)
    if shortest is None:
        return
    room = _bounded(shortest / _SECOND * job.max_instances)
    said = f"the shortest gap of {duration.text_of(shortest)}"
    if job.max_instances > 1:
        said = f"{job.max_instances} times {said}, the room of `max_instances`"
    if job.timeout is not None and job.timeout >= room:
        then = "delays the next fire" if job.overlap is Overlap.QUEUE else "takes the next fire"
        message = f"the timeout of {duration.text_of(job.timeout)} is not below {said}: a slow run {then}"
        yield Found("SR502", message, f"write a `timeout` below {duration.text_of(room)}", ("timeout",))
    elif job.retries.max:
        budget = facts.once(retry_budget, job.retries, job.timeout or timedelta())
        if budget >= room:
            message = f"attempts and waits may take {duration.text_of(budget)}, not below {said}"
            hint = "lower `max`, `backoff` or `timeout`, so that the last attempt ends before the next fire"
            yield Found("SR505", message, hint, ("retries", "max"))


def retry_budget(retries: Retries, timeout: timedelta) -> timedelta:
    """Return how long all attempts and the longest waits between them take together, to the millisecond."""
    limit = retries.max_backoff / _SECOND
    wait, waits = min(retries.backoff / _SECOND, limit), 0.0
    for _ in range(retries.max):
        waits += wait
        wait = min(wait * retries.factor, limit)
    return _bounded(timeout / _SECOND * (retries.max + 1) + waits)


def _bounded(seconds: float) -> timedelta:
    """Return so many seconds, to the millisecond; no more than a thousand years, which no one tells apart."""
    return timedelta(milliseconds=round(min(seconds, _LONG / _SECOND) * 1000))


def _not_idempotent(job: Job) -> Iterator[Found]:
    target = job.target
    if isinstance(target, HttpTarget):
        request = target.http
        named = {name.lower() for name in request.headers}
        if request.method in _SAFE_METHODS or "idempotency-key" in named:
            return
        message = f"{request.method} is retried, so the server may do it twice: an answer can be lost after the deed"
        hint = "send an `Idempotency-Key` header, or write `idempotent: true` where twice does no harm"
        path = ("target", "http", "method")
        yield Found("SR604", message, hint, path)
        return
    message = "retries of a job that is not said to be idempotent: what a failed attempt did is done again"
    hint = "write `idempotent: true` where doing it twice does no harm, or take the retries away"
    yield Found("SR504", message, hint, ("retries", "max"))


def _storm(job: Job, facts: Facts) -> Iterator[Found]:
    misfire = job.misfire
    late = facts.once(_within, fires.of(job, key=""), facts.now, misfire.grace)
    count = min(late, misfire.catch_up_limit)
    if count > _STORM:
        grace = duration.text_of(misfire.grace)
        message = f"after a downtime of {grace}, {counted(count, 'late run')} of this job start one after another"
        hint = "write `catch_up: latest`, a shorter `grace`, or a lower `catch_up_limit`"
        yield Found("SR506", message, hint, ("misfire", "catch_up"))


def _within(compiled: Fires, now: datetime, grace: timedelta) -> int:
    return fires.count(compiled, after=now, until=now + min(grace, _MOST_GRACE))
