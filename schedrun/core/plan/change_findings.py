"""What is wrong, or unwise, about a change: findings that one tree alone does not show."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.ids import JobKey, set_of
from schedrun.core.plan import guard
from schedrun.core.plan.change import Change, Plan
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.plan.due_run import DueRun
from schedrun.core.plan.fan_out import FanOut
from schedrun.core.plan.renames import Suspect
from schedrun.core.schedule import spread
from schedrun.core.source import Position
from schedrun.core.spec.instant import resolve, utc_text
from schedrun.core.spec.job import Job
from schedrun.core.spec.schedule import OnceSchedule

MANY = 3
"""From so many jobs on a value that is written once is worth a warning when it changes."""

_NAMED = 3


Declared = Mapping[JobKey, DeclaredJob]


def removals(plan: Plan, base: Declared) -> Iterator[Diagnostic]:
    """Yield SR701, one a set that loses more than the guard lets go at once, where the base has its first such job."""
    held: dict[str, list[Change]] = defaultdict(list)
    for change in plan.removals:
        if change.blocked is not None and guard.is_above_limit(change.blocked):
            held[set_of(change.job) or change.job].append(change)
    for changes in held.values():
        first = changes[0]
        names = _names([change.job for change in changes])
        message = f"{first.blocked}: {names}, which stood here in the base"
        confirm = f"`schedrun apply --allow-remove {len(plan.removals)}`"
        hint = f"declare them again, or confirm it once it is merged with {confirm}; until then they go on"
        yield Diagnostic("SR701", Severity.ERROR, base[first.job].position, message, hint, job=first.job)


def likely_renames(suspects: Iterable[Suspect], base: Declared) -> Iterator[Diagnostic]:
    """Yield SR702 at the id of each new job that looks like one that goes."""
    for suspect in suspects:
        new, old = suspect.creation, suspect.removal
        message = f"`{new.job}` is new and does what `{old.job}`, which goes, did: this looks like a rename"
        same_set = set_of(new.job) == set_of(old.job)
        name = old.job.rpartition("/")[2] if same_set else old.job
        hint = f"write `moved_from: {name}`, and it keeps history and cursor; else leave it as it is"
        place, note = base[old.job].position, "it stood here in the base"
        yield Diagnostic("SR702", Severity.WARNING, _stands(new), message, hint, place, note, job=new.job)


def wide_defaults(fan_outs: Iterable[FanOut]) -> Iterator[Diagnostic]:
    """Yield SR707 where a value is written, or in the base was, that changes MANY jobs or more."""
    for one in fan_outs:
        if len(one.jobs) >= MANY:
            what = "was taken away here, and" if one.gone else "is written once here, and"
            message = f"`{one.path}` {what} changes {len(one.jobs)} jobs: {_names(one.jobs)}"
            hint = "if only some of them should change, say it in these"
            yield Diagnostic("SR707", Severity.WARNING, one.position, message, hint)


def due_runs(due: Iterable[tuple[Change, DueRun]]) -> Iterator[Diagnostic]:
    """Yield SR708 at each schedule whose edit loses or moves the run that is due next.

    A one-time job whose new instant has passed is left out: SR214 says so of it.
    """
    for change, run in due:
        if run.passed is not None and _has_another_instant(change):
            continue
        at = utc_text(run.due)
        if run.passed is not None:
            message = f"the edit loses the run due at {at}: its new time, {utc_text(run.passed)}, has passed"
            hint = "merge it after that run, or run the job by hand with `schedrun trigger`"
        elif run.moved_to is not None:
            message = f"the edit moves the run due at {at} to {utc_text(run.moved_to)}"
            hint = "if that run matters at its old time, merge it afterwards"
        elif run.instead is None:
            message = f"the edit loses the run due at {at}, and no other comes"
            hint = "let the schedule name an instant to come"
        else:
            message = f"the edit takes the run due at {at} away; the next one comes at {utc_text(run.instead)}"
            hint = "if that run matters, merge it afterwards"
        yield Diagnostic("SR708", Severity.WARNING, _schedule(change), message, hint, job=change.job)


def past_instants(changes: Iterable[Change], *, now: datetime) -> Iterator[Diagnostic]:
    """Yield SR214 at the instant of each one-time job that is new, or whose instant is another, and can run no more.

    A job that only says the same instant in other words, or is edited elsewhere, was spent before.
    """
    for change in changes:
        if change.after is None or not change.schedule_changed:
            continue
        spec = change.after.spec
        at = _instant(spec)
        if at is None or at + spread.offset(change.job, spec.schedule.spread) > now:
            continue
        if _has_another_instant(change):
            message = f"this one-time job will never run: {utc_text(at)} has passed at {utc_text(now)}"
            hint = "write an instant to come, or take the job away"
            yield Diagnostic("SR214", Severity.ERROR, _schedule(change), message, hint, job=change.job)


def _has_another_instant(change: Change) -> bool:
    at = None if change.after is None else _instant(change.after.spec)
    return at is not None and (change.before is None or _instant(change.before.spec) != at)


def _instant(spec: Job) -> datetime | None:
    """Return when a one-time job is due (aware UTC), before its spread; None for any other job."""
    schedule = spec.schedule
    return resolve(schedule.at, spec.timezone).astimezone(UTC) if isinstance(schedule, OnceSchedule) else None


def _names(keys: Iterable[str]) -> str:
    known = [f"`{key}`" for key in keys]
    rest = len(known) - _NAMED
    return ", ".join(known[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _stands(change: Change) -> Position:
    assert change.after is not None
    return change.after.position


def _schedule(change: Change) -> Position:
    """Return where the schedule's own words stand, else the job's id."""
    job = change.after
    assert job is not None
    places = () if job.source is None else (job.source.value("schedule", kind) for kind in ("cron", "every", "at"))
    return next((place for place in places if place is not None), job.position)
