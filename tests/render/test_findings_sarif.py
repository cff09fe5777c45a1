"""SARIF: the schema of the standard, relative paths, rules, fixes."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest

from schedrun.lint.catalog import RULES
from schedrun.render import findings_sarif
from schedrun.render.findings_report import Checkout, FailOn, Report
from tests.render import reports

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))


def run(report: Report) -> dict[str, Any]:
    """Return the only run of the report's log."""
    view = findings_sarif.view(report, rules=reports.RULES, version="1.2.3")
    (only,) = view["runs"]
    found: dict[str, Any] = only
    return found


def uri(name: str, checkout: Checkout) -> dict[str, str]:
    """Return the artifact location of a finding in the file."""
    report = reports.hostile()
    (finding,) = report.findings
    position = finding.position.__class__(name, 1, 1)
    moved = Report([type(finding)("SR101", finding.severity, position, "m")], {}, (), 0, report.now, checkout=checkout)
    location: dict[str, str] = run(moved)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    return location


@pytest.mark.parametrize(
    "report", [reports.report(), reports.report([]), reports.hostile()], ids=["samples", "clean", "hostile"]
)
@pytest.mark.parametrize("rules", [reports.RULES, RULES], ids=["two-rules", "all-rules"])
def test_agrees_with_the_schema(report: Report, rules: dict[str, Any]) -> None:
    """The one of the standard, formats such as URI included."""
    log = json.loads(json.dumps(findings_sarif.view(report, rules=rules, version="1.2.3")))
    jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(log)


def test_the_schema_is_one() -> None:
    """It refuses what is no SARIF."""
    log = findings_sarif.view(reports.report(), rules={}, version="1")
    log["runs"][0]["results"][0]["level"] = "bad"
    assert not jsonschema.Draft4Validator(SCHEMA).is_valid(log)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("jobs/a.yaml", {"uri": "jobs/a.yaml", "uriBaseId": "%SRCROOT%"}),
        ("./jobs/../ä b%.yaml", {"uri": "%C3%A4%20b%25.yaml", "uriBaseId": "%SRCROOT%"}),
        ("jobs/\udcff.yaml", {"uri": "jobs/%FF.yaml", "uriBaseId": "%SRCROOT%"}),
        ("/src/repo/x.yaml", {"uri": "x.yaml", "uriBaseId": "%SRCROOT%"}),
        ("/elsewhere/x.yaml", {"uri": "file:///elsewhere/x.yaml"}),
        ("../repository/x.yaml", {"uri": "file:///src/repository/x.yaml"}),
    ],
)
def test_paths_are_relative_to_the_repository(name: str, expected: dict[str, str]) -> None:
    """As URIs; what lies outside is absolute."""
    assert expected == uri(name, reports.CHECKOUT)


def test_results_name_their_rule() -> None:
    """By id and index, also where nothing is known of the code."""
    only = run(reports.report())
    rules = only["tool"]["driver"]["rules"]
    for result in only["results"]:
        assert result["ruleId"] == rules[result["ruleIndex"]]["id"]
    assert {"level": "error"} == rules[[rule["id"] for rule in rules].index("SR101")]["defaultConfiguration"]


def test_a_result_has_region_second_place_and_fix() -> None:
    """Columns are characters, ends are exclusive."""
    only = run(reports.report())
    by_code = {result["ruleId"]: result for result in only["results"]}
    region = {"startLine": 6, "startColumn": 47, "endLine": 6, "endColumn": 49}
    assert region == by_code["SR011"]["locations"][0]["physicalLocation"]["region"]
    (change,) = by_code["SR011"]["fixes"][0]["artifactChanges"]
    assert [{"deletedRegion": region, "insertedContent": {"text": '"no"'}}] == change["replacements"]
    (related,) = by_code["SR105"]["relatedLocations"]
    assert ("first declared here", 4) == (
        related["message"]["text"],
        related["physicalLocation"]["region"]["startLine"],
    )
    assert "unicodeCodePoints" == only["columnKind"]


@pytest.mark.parametrize(("fail_on", "code"), [(FailOn.ERROR, 1), (FailOn.NEVER, 0)])
def test_carries_the_exit_code(fail_on: FailOn, code: int) -> None:
    """Whoever reads the log later knows how it ended."""
    assert code == run(reports.report(fail_on=fail_on))["invocations"][0]["exitCode"]


def test_no_text_is_a_link() -> None:
    """`[words](target)` in a message would be one."""
    assert r"\[a](b)" in run(reports.hostile())["results"][0]["message"]["text"]
