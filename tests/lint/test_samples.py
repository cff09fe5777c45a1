"""The samples of every rule: the bad one has its finding and no other, the good one has none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schedrun.core.diagnostics import Rule
from schedrun.core.plan import comparison
from schedrun.lint import notices
from schedrun.lint.families import RULES
from schedrun.lint.samples import manifest
from schedrun.manifest.load import inspect_text
from tests.lint.linted import lint

_SETTINGS: dict[str, dict[str, Any]] = {
    "SR401": {"fleet_threshold": 2},
    "SR403": {"groups": {"db": 1}},
    "SR405": {"groups": {"db": 1}},
    "SR509": {"required": ("description",)},
}
_SILENT: dict[str, str | None] = {"timeout": None}
_BASES = {
    "SR214": manifest({"schedule": '{at: "2199-12-31T00:00:00Z"}'}),
    "SR701": manifest({}, {}, {}),
    "SR702": manifest({}),
    "SR707": manifest(_SILENT, _SILENT, _SILENT, defaults="{timeout: 5m}"),
    "SR708": manifest({}),
}
"""With what the samples are compared, as the rules' own words say."""
_MOMENTS = (datetime(2026, 6, 1, tzinfo=UTC), datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _without_apprise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "is_installed", lambda: False)


_OF_ONE_TREE = [rule for rule in RULES if rule.code == "SR214" or rule.code not in _BASES]
_OF_TWO_TREES = [rule for rule in RULES if rule.code in _BASES]


@pytest.mark.parametrize("now", _MOMENTS, ids=["2026", "2027"])
@pytest.mark.parametrize("rule", _OF_ONE_TREE, ids=lambda rule: rule.code)
def test_the_bad_sample_has_exactly_its_finding(rule: Rule, now: datetime) -> None:
    """Whenever it is looked at, with the rule's own severity or an error beside it."""
    findings = lint(rule.bad, now=now, **_SETTINGS.get(rule.code, {}))
    assert [rule.code] == [finding.code for finding in findings], [str(finding) for finding in findings]
    assert (rule.code in _SETTINGS) == (rule.needs is not None)


@pytest.mark.parametrize("now", _MOMENTS, ids=["2026", "2027"])
@pytest.mark.parametrize("rule", _OF_TWO_TREES, ids=lambda rule: rule.code)
def test_beside_its_base_the_bad_sample_has_exactly_its_finding(rule: Rule, now: datetime) -> None:
    """Of a rule that looks at two trees, with the base that it describes; the good one has none."""
    assert [rule.code] == _found_beside_base(rule.code, rule.bad, now)
    assert [] == _found_beside_base(rule.code, rule.good, now)
    assert (rule.code == "SR214") == (rule.needs is None)


def _found_beside_base(code: str, head: str, now: datetime) -> list[str]:
    before, after = (inspect_text({"a.yaml": text.encode()}) for text in (_BASES[code], head))
    compared = comparison.compare(before, after, now=now, horizon=timedelta(days=7))
    return [finding.code for finding in compared.findings]


@pytest.mark.parametrize("now", _MOMENTS, ids=["2026", "2027"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_good_sample_has_none(rule: Rule, now: datetime) -> None:
    """Nothing to see, of any rule."""
    assert [] == [str(finding) for finding in lint(rule.good, now=now, **_SETTINGS.get(rule.code, {}))]


def test_each_code_is_declared_once() -> None:
    """Two rules of one code would hide one another."""
    codes = [rule.code for rule in RULES]
    assert sorted(set(codes)) == sorted(codes)
