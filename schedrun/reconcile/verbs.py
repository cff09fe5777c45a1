"""The verbs that act on one job or one run: what each does on the live side it is given, and what it answers."""

from collections.abc import Mapping
from datetime import datetime

from schedrun.core.run import job_status
from schedrun.core.run.recorded import Override, RecordedJob, Request
from schedrun.core.run.run import Run
from schedrun.core.spec import duration
from schedrun.core.status import RunStatus
from schedrun.protocols import Clock
from schedrun.reconcile.requests import Answer, BadRequestError, Verb
from schedrun.render.instants import utc_text_or_none
from schedrun.scheduler import ahead, control
from schedrun.scheduler.rows import Live

PAUSE = "pause"
"""Lay a pause over `job`; `reason` and `until` (RFC 3339, with an offset) are optional arguments."""

RESUME = "resume"
"""Lift the pause that was laid over `job`."""

TRIGGER = "trigger"
"""Run `job` now, beside its schedule; the request's id is the run's idempotency key."""

CANCEL = "cancel"
"""End `run`, which waits or runs."""


def control_verbs(live: Live, *, clock: Clock) -> Mapping[str, Verb]:
    """Return the verbs that act on one job or one run.

    Their answers name the `job`; those of `trigger` and `cancel` the `run` and its `status` as well. What a queued run
    `waits_for` is its turn, or the next start where nothing may start now.
    """

    async def pause(request: Request) -> Answer:
        now, reason = clock.now(), _text_or_none(request, "reason")
        until = _instant_or_none(request, "until")
        if until is not None and until <= now:
            raise BadRequestError(f"`until` has passed: {until.isoformat()}")
        override = Override(reason, request.by, now, until)
        job = await control.pause(live, _text(request, "job"), override=override)
        return {
            "job": job.key,
            "reason": reason,
            "by": override.by,
            "until": utc_text_or_none(until),
            "next_fire": await _next_fire(job, live, now),
        }

    async def resume(request: Request) -> Answer:
        now = clock.now()
        resumed = await control.resume(live, _text(request, "job"), now=now)
        upcoming = await _next_fire(resumed.job, live, now)
        return {"job": resumed.job.key, "lifted": resumed.lifted, "next_fire": upcoming}

    async def trigger(request: Request) -> Answer:
        key = _text(request, "job")
        run = await control.trigger(live, key, request_id=request.id, now=clock.now())
        return {"job": key, "run": run.id, "status": str(run.status), "waits_for": _waits_for(run, live)}

    async def cancel(request: Request) -> Answer:
        cancelled = await control.cancel(live, _text(request, "run"), by=request.by, clock=clock)
        running = cancelled.run.status is RunStatus.RUNNING
        return {
            "job": cancelled.job.key,
            "run": cancelled.run.id,
            "status": str(cancelled.run.status),
            "attempt": cancelled.run.attempt,
            "kill_after": duration.text_of(cancelled.job.spec.kill_after) if running else None,
        }

    return {PAUSE: pause, RESUME: resume, TRIGGER: trigger, CANCEL: cancel}


def _waits_for(run: Run, live: Live) -> str | None:
    if run.status is not RunStatus.QUEUED:
        return None
    return "its turn" if live.planner.may_start else "the next start"


async def _next_fire(job: RecordedJob, live: Live, now: datetime) -> str | None:
    ran = await live.store.read(lambda reader: ahead.of(reader, [job], now=now))
    return utc_text_or_none(job_status.next_fire(job, live.planner.fires(job), now=now, ahead=ran.get(job.uid, ())))


def _text(request: Request, name: str) -> str:
    value = request.arguments.get(name)
    if isinstance(value, str) and value:
        return value
    raise BadRequestError(f"`{name}` is a text, not {value!r}")


def _text_or_none(request: Request, name: str) -> str | None:
    return None if request.arguments.get(name) is None else _text(request, name)


def _instant_or_none(request: Request, name: str) -> datetime | None:
    text = _text_or_none(request, name)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequestError(f"`{name}` is an instant, not {text!r}") from error
    if instant.tzinfo is None:
        raise BadRequestError(f"`{name}` says no offset from UTC: {text!r}")
    return instant
