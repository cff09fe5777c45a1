"""All rules over a whole tree."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from schedrun.core.diagnostics import Diagnostic, in_order
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.plan.inspected import Inspected
from schedrun.core.schedule.words import counted
from schedrun.core.source import Position
from schedrun.core.spec.job import Job
from schedrun.lint import change, defaults, notices, quoting, reliability, schedule, target, time
from schedrun.lint.facts import Facts
from schedrun.lint.found import Found, placed
from schedrun.lint.settings import LintSettings

_IGNORE = "ignore"
"""What the line of a comment that suppresses holds."""

_JOB_RULES: tuple[Callable[[Job, Facts], Iterable[Found]], ...] = (
    schedule.check,
    time.check,
    reliability.check,
    target.check,
    change.check,
    notices.check,
)


def check(
    inspected: Inspected, *, settings: LintSettings, now: datetime, more: Iterable[Diagnostic] = ()
) -> list[Diagnostic]:
    """Return every finding of the rules that `settings` select, suppressed ones left out, in order.

    The findings of reading and shape (`inspected.desired.broken`) are among them, whatever is selected: their files
    are not applied. `more` are findings from elsewhere that are selected and suppressed like those of the rules here.
    `now` is an aware instant.
    """
    facts = Facts(settings, now)
    found = [finding for finding in (*_found(inspected, facts), *more) if settings.selects(finding.code)]
    if any(_IGNORE in line for file in inspected.files.values() for line in file.lines):
        found = _not_suppressed(found, inspected, settings)
    return in_order([*_shared(found), *quoting.with_edits(inspected)])


def _not_suppressed(found: Iterable[Diagnostic], inspected: Inspected, settings: LintSettings) -> list[Diagnostic]:
    """Return the findings that no comment suppresses, and those about the comments."""
    from schedrun.lint import catalog, suppress  # noqa: PLC0415  most trees have no such comment

    held = suppress.Suppressions(inspected.files.values(), known=catalog.RULES)
    left = [finding for finding in found if not held.hold(finding)]
    broken = inspected.desired.broken
    about = held.findings(selects=settings.selects, sound=lambda file: file not in broken)
    return [*left, *(finding for finding in about if settings.selects(finding.code))]


def _found(inspected: Inspected, facts: Facts) -> Iterator[Diagnostic]:
    jobs = list(inspected.jobs.values())
    for job in jobs:
        spec = job.spec
        for rule in _JOB_RULES:
            for found in rule(spec, facts):
                yield placed(found, job)
    if any(job.spec.expect for job in jobs):
        from schedrun.lint import expectations  # noqa: PLC0415  as `fleet` below

        yield from expectations.check(inspected, now=facts.now)
    yield from _together(jobs, facts)
    for name, file in inspected.files.items():
        if name in inspected.desired.broken:
            continue  # what its jobs take is not known before they can be read
        for document in file.documents:
            yield from defaults.check(document)


def _together(jobs: Collection[DeclaredJob], facts: Facts) -> Iterator[Diagnostic]:
    settings = facts.settings
    few = len(jobs) <= settings.fleet_threshold and settings.max_running is None
    if few and all(job.spec.group is None for job in jobs):
        return
    from schedrun.lint import fleet  # noqa: PLC0415  a hook looks at few jobs, and start-up time counts

    for found, job in fleet.check(jobs, facts):
        yield placed(found, job)


def _shared(findings: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield the findings, those at one value that several jobs take as one that says how many."""
    alike: dict[tuple[str, Position], list[Diagnostic]] = defaultdict(list)
    for finding in findings:
        alike[finding.code, finding.position].append(finding)
    for first, *others in alike.values():
        jobs = {finding.job for finding in (first, *others)}
        if len(jobs) == 1:
            yield from (first, *others)
        else:
            message = f"{first.message} (so for {counted(len(jobs), 'job')}, such as `{first.job}`)"
            yield replace(first, message=message)
