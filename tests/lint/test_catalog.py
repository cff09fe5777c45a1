"""Every rule of the catalog: complete, in order, and true to its samples."""

import re
from datetime import UTC, datetime

import pytest

from schedrun.core.diagnostics import Rule
from schedrun.lint.catalog import RULES
from schedrun.lint.check import check
from schedrun.lint.settings import LintSettings
from schedrun.manifest.load import inspect_text

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHOLE = [rule for rule in RULES.values() if rule.needs is None]


def codes(sample: str) -> set[str]:
    """Return the codes of everything that is found in one manifest."""
    inspected = inspect_text({"sample.yaml": sample.encode()})
    return {finding.code for finding in check(inspected, settings=LintSettings(), now=NOW)}


def test_codes_are_in_order() -> None:
    """That of the table, each of the form that options take."""
    assert sorted(RULES) == list(RULES)
    assert all(re.fullmatch(r"SR\d{3}", code) and code == rule.code for code, rule in RULES.items())


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_a_rule_says_something_of_everything(rule: Rule) -> None:
    """A title that fits a row, the reason in sentences, two samples that differ."""
    assert rule.title == rule.title.strip().rstrip(".")
    assert 0 < len(rule.title) <= 90
    assert rule.why.endswith(".")
    assert rule.bad != rule.good


@pytest.mark.parametrize("rule", WHOLE, ids=lambda rule: rule.code)
def test_the_bad_sample_gives_exactly_that_code(rule: Rule) -> None:
    """Nothing else is wrong with it."""
    assert {rule.code} == codes(rule.bad)


@pytest.mark.parametrize("rule", WHOLE, ids=lambda rule: rule.code)
def test_the_good_sample_gives_nothing(rule: Rule) -> None:
    """What is shown as good is good in every respect."""
    assert set() == codes(rule.good)
