"""Every code with what it means: what `schedrun explain` prints and reports carry."""

from collections.abc import Mapping

from schedrun.core.diagnostics import Rule
from schedrun.lint import expectations, families, reading, recorded, target_resolved

_FAMILIES: tuple[tuple[Rule, ...], ...] = (
    reading.RULES,
    recorded.RULES,
    families.RULES,
    expectations.RULES,
    target_resolved.RULES,
)
"""The rules of each module of this package that has any."""

RULES: Mapping[str, Rule] = {
    rule.code: rule for rule in sorted((rule for rules in _FAMILIES for rule in rules), key=lambda rule: rule.code)
}
"""The rules by code, in the order of their codes."""
