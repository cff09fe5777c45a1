"""The rules that this package brings: one tuple of all families."""

from schedrun.core.diagnostics import Rule
from schedrun.lint.rules import change, defaults, fleet, notices, reliability, schedule, target, time

RULES: tuple[Rule, ...] = (
    *defaults.RULES,
    *schedule.RULES,
    *time.RULES,
    *fleet.RULES,
    *reliability.RULES,
    *target.RULES,
    *change.RULES,
    *notices.RULES,
)
