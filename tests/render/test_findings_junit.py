"""JUnit XML: cases, counts, and characters that XML lacks."""

from xml.etree import ElementTree as ET

import pytest

from schedrun.render import findings_junit
from schedrun.render.findings_report import FailOn
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


def test_a_clean_run_has_a_case_a_file() -> None:
    """Many readers take a report without cases for a broken one."""
    root = ET.fromstring(findings_junit.text(reports.report([])))
    assert ("4", "0") == (root.get("tests"), root.get("failures"))


def test_hostile_text_is_valid_xml() -> None:
    """What XML cannot say is written out, what it could take for its own is escaped."""
    (case,) = ET.fromstring(findings_junit.text(reports.hostile())).iter("testcase")
    (failure,) = case
    assert "]]></failure>" in (failure.text or "")
    assert r"\x1b[31m" in failure.attrib["message"]
