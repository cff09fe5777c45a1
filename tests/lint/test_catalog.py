"""Every rule of the catalog: complete, in order, and true to its samples."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

import schedrun
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


_OF_THE_TABLE = {
    "SR0": (1, 2, 3, 4, 6, 7, 8, 9, 11),
    "SR1": (1, 2, 3, 4, 5, 6, 8),
    "SR2": (1, 2, 3, 4, 5, 7, 8, 9, 10, 14, 16, 17, 18),
    "SR3": (1, 2, 3, 4, 5, 6, 7),
    "SR4": (1, 3, 5),
    "SR5": (1, 2, 4, 5, 6, 8),
    "SR6": (1, 2, 3, 4, 6, 7),
    "SR7": (1, 2, 3, 5, 7, 8),
    "SR8": (1,),
}


@pytest.mark.parametrize(
    "code", [f"{family}{number:02}" for family, all_of in _OF_THE_TABLE.items() for number in all_of]
)
def test_every_code_can_be_explained(code: str) -> None:
    """Those of changes too: every finding names `schedrun explain`."""
    assert code in RULES


def test_no_code_of_the_program_is_without_an_explanation() -> None:
    """Whatever part of it finds something."""
    sources = Path(schedrun.__file__).parent.rglob("*.py")
    written = {code for source in sources for code in re.findall(r'"(SR\d{3})"', source.read_text(encoding="utf-8"))}
    assert {"SR001", "SR009", "SR801"} <= written
    assert set() == written - RULES.keys()
