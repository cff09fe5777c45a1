"""All rules over a whole tree."""

from datetime import datetime

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.plan.inspected import Inspected
from schedrun.lint.settings import LintSettings


def check(inspected: Inspected, *, settings: LintSettings, now: datetime) -> list[Diagnostic]:
    """Return every finding of the rules that `settings` select, suppressed ones left out, in order.

    The findings of reading and shape (`inspected.desired.broken`) are among them. `now` is an aware instant.
    """
    return [finding for findings in inspected.desired.broken.values() for finding in findings]
