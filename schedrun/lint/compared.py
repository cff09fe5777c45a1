"""What of a comparison's findings counts: settings and comments hold there as they do for one tree."""

from dataclasses import replace

from schedrun.core.plan.comparison import Comparison
from schedrun.core.plan.inspected import Inspected
from schedrun.lint.settings import LintSettings

_IGNORE = "ignore"
"""What the line of a comment that suppresses holds."""


def counting(compared: Comparison, head: Inspected, *, settings: LintSettings) -> Comparison:
    """Return the comparison without the findings that `settings` leave out or that a comment in `head` suppresses.

    What breaks a file stays in any case. A finding that stands in the base is suppressed by no comment: the lines of
    the head say nothing about it.
    """
    breaking = frozenset(compared.plan.findings)
    left = [each for each in compared.findings if each in breaking or settings.selects(each.code)]
    if any(_IGNORE in line for file in head.files.values() for line in file.lines):
        from schedrun.lint import catalog, suppress  # noqa: PLC0415  most trees have no such comment

        comments = suppress.Suppressions(head.files.values(), known=catalog.RULES)
        stays = breaking | compared.found_in_base
        left = [each for each in left if each in stays or not comments.hold(each)]
    return replace(compared, findings=tuple(left))
