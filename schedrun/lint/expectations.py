"""SR8: the schedule tests of a job, `expect`, and the counter-example where one does not hold."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from schedrun.core.diagnostics import Diagnostic, Rule, Severity
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.plan.inspected import Inspected
from schedrun.core.schedule import expectations, fires
from schedrun.core.schedule.describe import describe
from schedrun.core.schedule.expectations import Counted, CounterExample, Fired, Gap, NotFired, Undecided
from schedrun.core.schedule.words import counted
from schedrun.core.spec import duration
from schedrun.core.spec.expect import AtLeast, AtMost, Expectation, GapAtMost, kind_of
from schedrun.core.spec.instant import utc_text

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_HEAD = """\
schedrun: v1
name: billing
jobs:
  close-day:
    owner: payments
    timezone: Europe/Berlin
    timeout: 10m
    schedule: {cron: "17 4 * * %s"}
    target: {command: [./bin/close-day]}
    expect:
      - never_on: [sat, sun]
      - {at_least: 5, per: week}
"""

RULES = (
    Rule(
        "SR801",
        Severity.ERROR,
        "an expectation does not hold",
        "Who wrote the `expect` entry relied on it: an edit of the schedule, of its zone or of its window broke that,"
        " or time itself did, as when the clocks change or a window ends.",
        bad=_HEAD % "mon-sat",
        good=_HEAD % "mon-fri",
    ),
)


@dataclass(frozen=True, slots=True)
class Tested:
    """One entry of a job's `expect`: its name, such as `never_on[0]` for the first of its kind, and what is wrong."""

    name: str
    job: DeclaredJob
    finding: Diagnostic | None


def check(inspected: Inspected, *, now: datetime) -> Iterator[Diagnostic]:
    """Yield SR801 at each entry that does not hold; `now` is an aware instant."""
    for job in inspected.jobs.values():
        yield from (tested.finding for tested in tests(job, now=now) if tested.finding is not None)


def tests(job: DeclaredJob, *, now: datetime) -> Iterator[Tested]:
    """Yield each entry of the job, judged as of `now` (aware) when it is asked for."""
    for place, name in enumerate(names(job)):
        yield Tested(name, job, judge(job, place, now=now))


def names(job: DeclaredJob) -> list[str]:
    """Return the name of each entry: its kind, and which of that kind it is, counted from 0."""
    seen: Counter[str] = Counter()
    found = []
    for entry in job.spec.expect:
        kind = str(kind_of(entry))
        found.append(f"{kind}[{seen[kind]}]")
        seen[kind] += 1
    return found


def judge(job: DeclaredJob, place: int, *, now: datetime) -> Diagnostic | None:
    """Return what is wrong with the entry at `place` (from 0) of the job's `expect`, None when it holds."""
    spec, entry = job.spec, job.spec.expect[place]
    compiled = fires.of(spec, key=job.key)
    found = expectations.counter_example(entry, compiled, zone=spec.timezone, now=now)
    if found is None:
        return None
    written = (None if job.source is None else job.source.value("expect", place)) or job.position
    message = f"expected `{_said(entry)}`, but {_words(found, spec.timezone)}"
    # An alias leads back to what stands before the job: nothing there says whose the entry is.
    taken = (written.line, written.column) < (job.position.line, job.position.column)
    return Diagnostic(
        "SR801",
        Severity.ERROR,
        written,
        message,
        _hint(found, job),
        related=job.position if taken else None,
        related_note=f"job `{job.key}` takes it by an alias" if taken else None,
        job=job.key,
    )


def _said(entry: Expectation) -> str:
    match entry:
        case AtMost(at_most=most, per=per):
            return f"at_most: {most}, per: {per}"
        case AtLeast(at_least=least, per=per):
            return f"at_least: {least}, per: {per}"
        case GapAtMost(gap_at_most=longest):
            return f"gap_at_most: {duration.text_of(longest)}"
        case _:
            kind = str(kind_of(entry))
            values = getattr(entry, kind)
            return f"{kind}: {values[0]}" if len(values) == 1 else f"{kind}: [{', '.join(values)}]"


def _words(found: CounterExample, zone: str | None) -> str:
    match found:
        case Fired(at):
            return f"it fires at {_moment(at, zone)}"
        case NotFired(at, before, after):
            around = [_moment(fire, zone) for fire in (before, after) if fire is not None]
            nearest = "the nearest fires are" if len(around) > 1 else "the nearest fire is"
            missing = f"it does not fire at {_moment(at, zone)}"
            return f"{missing}: {nearest} {' and '.join(around)}" if around else "it never fires"
        case Counted(window, count):
            times = f"fires {counted(count, 'time')}" if count else "does not fire"
            return f"it {times} from {_moment(window.begin, zone)} to {_moment(window.end, zone)}"
        case Gap(begin, end, from_fire, to_fire):
            first = "" if from_fire else ", with no fire before it,"
            last = "" if to_fire else ", with no fire after it"
            length = duration.text_of(end - begin)
            return f"no fire comes for {length}: from {_moment(begin, zone)}{first} to {_moment(end, zone)}{last}"
        case Undecided(until):
            looks = f"{expectations.MOST_LOOKS:,}"
            return f"{looks} looks are too few to tell: they reach to {_moment(until, zone)}, and so far it holds"
        case _:
            assert_never(found)


def _hint(found: CounterExample, job: DeclaredJob) -> str:
    if isinstance(found, Undecided):
        return "give the entry a shorter `horizon`"
    return f"the job fires {describe(job.spec)}: mend the schedule, or what is expected of it"


def _moment(instant: datetime, zone: str | None) -> str:
    """Return an instant as the clocks of the zone show it, and in UTC: both are needed to find it."""
    local = instant.astimezone(ZoneInfo(zone or "UTC"))
    day, precise = _WEEKDAYS[local.weekday()], "minutes" if not (local.second or local.microsecond) else "auto"
    shown = f"{day} {local.replace(tzinfo=None).isoformat(' ', precise)}"
    if not local.utcoffset():
        return f"{shown} UTC"
    return f"{shown} {local.isoformat()[-6:]} ({utc_text(instant)})"
