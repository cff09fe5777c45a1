"""What codes stand for, for programs."""

from collections.abc import Iterable
from typing import Any

from schedrun.core.diagnostics import Rule


def rules_view(rules: Iterable[Rule]) -> dict[str, Any]:
    """Return one object a rule; `needs` is null where each sample is a whole manifest."""
    return {
        "rules": [
            {
                "code": rule.code,
                "severity": str(rule.severity),
                "title": rule.title,
                "why": rule.why,
                "bad": rule.bad,
                "good": rule.good,
                "needs": rule.needs,
            }
            for rule in rules
        ]
    }
