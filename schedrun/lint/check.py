"""All rules over a whole tree."""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from schedrun.core.diagnostics import Diagnostic, in_order
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.plan.inspected import Inspected
from schedrun.core.spec.job import Job
from schedrun.lint import accepting, change, defaults, notices, quoting, reliability, schedule, sharing, target, time
from schedrun.lint.facts import Facts
from schedrun.lint.found import Found, placed
from schedrun.lint.settings import LintSettings

if TYPE_CHECKING:
    from schedrun.lint.suppress import Suppressions

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
    comments = accepting.comments_in(inspected.files)
    if comments is not None:
        found = _not_accepted(found, comments, broken=inspected.desired.broken, settings=settings)
    return in_order([*sharing.told_once(found, inspected.jobs), *quoting.with_edits(inspected)])


def _not_accepted(
    found: Iterable[Diagnostic], comments: "Suppressions", *, broken: Collection[str], settings: LintSettings
) -> list[Diagnostic]:
    """Return the findings that no comment suppresses, and those about the comments; `broken` are names of files."""
    # First all findings: only then it is known which comments were of no use.
    left = [finding for finding in found if not comments.hold(finding)]
    about = comments.findings(selects=settings.selects, sound=lambda file: file not in broken)
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
    if len(jobs) <= settings.fleet_threshold and settings.max_running is None and not settings.groups:
        return
    from schedrun.lint import fleet  # noqa: PLC0415  a hook looks at few jobs, and start-up time counts

    for found, job in fleet.check(jobs, facts):
        yield placed(found, job)
