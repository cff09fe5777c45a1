"""The findings of a comparison: what rules add to them, and which count, by settings and comments as for one tree."""

from collections.abc import Iterator
from dataclasses import replace

from schedrun.core.diagnostics import Diagnostic, in_order
from schedrun.core.plan.comparison import Comparison
from schedrun.core.plan.inspected import Inspected
from schedrun.lint import accepting, change, sharing
from schedrun.lint.facts import Facts
from schedrun.lint.found import placed
from schedrun.lint.settings import LintSettings


def with_pauses(compared: Comparison, *, settings: LintSettings) -> Comparison:
    """Return the comparison with SR705 at each pause that is new, or says something else than in the base.

    A pause that was there before is no matter of this change; `schedrun validate` tells of it.
    """
    jobs = {job.change.job: job.change.after for job in compared.jobs if job.change.after is not None}
    pauses = sharing.told_once(_pauses(compared, Facts(settings, compared.now)), jobs)
    return replace(compared, findings=tuple(in_order([*compared.findings, *pauses])))


def _pauses(compared: Comparison, facts: Facts) -> Iterator[Diagnostic]:
    for job in compared.jobs:
        before, after = job.change.before, job.change.after
        if after is not None and (before is None or before.spec.paused != after.spec.paused):
            yield from (placed(found, after) for found in change.check(after.spec, facts))


def counting(compared: Comparison, head: Inspected, *, settings: LintSettings) -> Comparison:
    """Return the comparison without the findings that `settings` leave out or that a comment in `head` suppresses.

    What breaks a file stays in any case. A finding that stands in the base is suppressed by no comment: the lines of
    the head say nothing about it.
    """
    breaking = frozenset(compared.plan.findings)
    left = [each for each in compared.findings if each in breaking or settings.selects(each.code)]
    comments = accepting.comments_in(head.files)
    if comments is not None:
        stays = breaking | compared.found_in_base
        left = [each for each in left if each in stays or not comments.hold(each)]
    return replace(compared, findings=tuple(left))
