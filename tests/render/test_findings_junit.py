"""JUnit XML: cases, counts, and characters that XML lacks."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from schedrun.render import findings_junit
from schedrun.render.findings_report import Checkout, FailOn
from tests.render import reports


@pytest.mark.parametrize(
    ("fail_on", "failures", "skipped"), [(FailOn.ERROR, 6, 2), (FailOn.WARNING, 8, 0), (FailOn.NEVER, 0, 8)]
)
def test_counts_agree_with_elements_and_exit_code(fail_on: FailOn, failures: int, skipped: int) -> None:
    """Those of the whole and those of each suite; one case more for the clean file."""
    report = reports.report(fail_on=fail_on)
    root = ET.fromstring(findings_junit.text(report))
    assert (failures, skipped) == (len(list(root.iter("failure"))), len(list(root.iter("skipped"))))
    assert report.failed is bool(failures)
    for level in (root, *root.iter("testsuite")):
        counts = [level.get(name) for name in ("tests", "failures", "skipped", "errors")]
        found = [len(list(level.iter(name))) for name in ("testcase", "failure", "skipped", "error")]
        assert [str(number) for number in found] == counts
    assert "9" == root.get("tests")


def test_a_case_names_code_file_and_line() -> None:
    """In its name and as attributes."""
    case = next(ET.fromstring(findings_junit.text(reports.report())).iter("testcase"))
    assert ("SR101 jobs/billing.yaml:6:5", "jobs/billing.yaml", "6") == (
        *(case.get("name"), case.get("file")),
        case.get("line"),
    )


def test_no_two_cases_have_one_name() -> None:
    """GitLab keeps one of them; several jobs may be told of one line of the defaults."""
    sample = reports.FINDINGS[0]
    root = ET.fromstring(findings_junit.text(reports.report([sample, replace(sample, message="another"), sample])))
    name = "SR101 jobs/billing.yaml:6:5"
    assert [name, f"{name} (2)", f"{name} (3)"] == [case.get("name") for case in root[0].iter("testcase")]


def test_what_fails_nothing_says_so_in_its_text_too() -> None:
    """GitLab reads no attribute of it."""
    text = findings_junit.text(reports.report([reports.FINDINGS[-2]]))
    (skipped,) = ET.fromstring(text).iter("skipped")
    assert "jobs/billing.yaml:5:22: warning[SR208] weekday 1 is Monday (write `mon`)" in (skipped.text or "")


def test_paths_are_those_of_the_repository() -> None:
    """By them GitLab leads to the file; also of one without findings."""
    checkout = Checkout("/src/repo/deploy", ("/src/repo",))
    root = ET.fromstring(findings_junit.text(reports.report(checkout=checkout)))
    for case in root.iter("testcase"):
        assert case.attrib["file"].startswith("deploy/jobs/")
        assert case.attrib["classname"] == case.attrib["file"]
        assert case.attrib["file"] in case.attrib["name"]


def test_a_clean_run_has_a_case_a_file() -> None:
    """Many readers take a report without cases for a broken one."""
    root = ET.fromstring(findings_junit.text(reports.report([])))
    assert ("4", "0") == (root.get("tests"), root.get("failures"))


def test_no_encoding_of_a_pipe_breaks_it() -> None:
    """All is ASCII, and what a finding says is read as it was meant."""
    text = findings_junit.text(reports.report([replace(reports.FINDINGS[0], message="für 東京 \N{ALARM CLOCK}")]))
    assert text.isascii()
    (failure,) = ET.fromstring(text).iter("failure")
    assert "error[SR101] für 東京 \N{ALARM CLOCK}" == failure.get("message")


def test_hostile_text_is_valid_xml() -> None:
    """What XML cannot say is written out, what it could take for its own is escaped."""
    (case,) = ET.fromstring(findings_junit.text(reports.hostile())).iter("testcase")
    (failure,) = case
    assert "]]></failure>" in (failure.text or "")
    assert r"\x1b[31m" in failure.attrib["message"]
