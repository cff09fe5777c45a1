"""The samples of every rule: the bad one has its finding and no other, the good one has none."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schedrun.core.diagnostics import Rule
from schedrun.lint.families import RULES
from tests.lint.linted import lint

_SETTINGS: dict[str, dict[str, Any]] = {
    "SR401": {"fleet_threshold": 2},
    "SR405": {"groups": {"db": 1}},
    "SR509": {"required": ("description",)},
}
_MOMENTS = (datetime(2026, 6, 1, tzinfo=UTC), datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC))


@pytest.mark.parametrize("now", _MOMENTS, ids=["2026", "2027"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_bad_sample_has_exactly_its_finding(rule: Rule, now: datetime) -> None:
    """Whenever it is looked at, with the rule's own severity or an error beside it."""
    findings = lint(rule.bad, now=now, **_SETTINGS.get(rule.code, {}))
    assert [rule.code] == [finding.code for finding in findings], [str(finding) for finding in findings]
    assert (rule.code in _SETTINGS) == (rule.needs is not None)


@pytest.mark.parametrize("now", _MOMENTS, ids=["2026", "2027"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_good_sample_has_none(rule: Rule, now: datetime) -> None:
    """Nothing to see, of any rule."""
    assert [] == [str(finding) for finding in lint(rule.good, now=now, **_SETTINGS.get(rule.code, {}))]


def test_each_code_is_declared_once() -> None:
    """Two rules of one code would hide one another."""
    codes = [rule.code for rule in RULES]
    assert sorted(set(codes)) == sorted(codes)
