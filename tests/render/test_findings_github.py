"""Annotations and the step summary: escapes, limits, paths."""

from dataclasses import replace

import pytest

from schedrun.core.source import Position
from schedrun.render import findings_github, findings_summary
from schedrun.render.findings_report import Checkout
from tests.render import reports


def test_escapes_values_and_messages() -> None:
    """Percent, colon and comma in properties; percent and line breaks in the message."""
    finding = replace(reports.FINDINGS[0], position=Position("a,b:c%.yaml", 6, 5), message="100%", hint=None)
    assert findings_github.annotations(reports.report([finding])) == [
        "::error file=a%2Cb%3Ac%25.yaml,line=6,endLine=6,col=5,endColumn=6,title=SR101::a,b:c%25.yaml:6:5: SR101 100%25"
    ]


def test_a_hostile_text_stays_in_its_command() -> None:
    """One line, and no separator of properties or data but our own."""
    (line,) = findings_github.annotations(reports.hostile())
    properties, _, message = line.removeprefix("::").partition("::")
    assert line.isprintable()
    assert ["error file", "line", "endLine", "col", "endColumn", "title"] == [
        said.partition("=")[0] for said in properties.split(",")
    ]
    assert "%" not in message.replace("%25", "").replace("%0A", "")


@pytest.mark.parametrize(
    ("errors", "warnings", "annotated", "beyond"),
    [(10, 10, 20, 0), (11, 0, 10, 1), (12, 13, 20, 5), (0, 11, 10, 1), (3, 2, 5, 0)],
)
def test_ten_of_each_severity_are_annotated(errors: int, warnings: int, annotated: int, beyond: int) -> None:
    """That is what GitHub shows of a step; the others are left, errors first."""
    report = reports.many(errors, warnings)
    assert annotated == len(findings_github.annotations(report))
    left = findings_github.beyond(report)
    assert beyond == len(left)
    assert left == sorted(left, key=lambda finding: finding.severity)


def test_the_summary_has_a_line_for_each_finding() -> None:
    """With code, file and line."""
    report = reports.many(14)
    lines = findings_summary.text(findings_github.beyond(report), checkout=report.checkout).splitlines()
    assert lines[0] == "### schedrun validate: 4 findings beyond the annotations"
    assert [f"- error SR101 `jobs/billing.yaml:{line}:1` " for line in (11, 12, 13, 14)] == [
        line.partition("unknown")[0] for line in lines[2:]
    ]


def test_an_empty_summary_is_nothing() -> None:
    """No heading without lines."""
    assert "" == findings_summary.text((), checkout=reports.CHECKOUT)


def test_a_summary_stays_below_the_limit() -> None:
    """GitHub drops a longer one as a whole; the last line counts what is missing."""
    shown = findings_summary.text([reports.FINDINGS[0]] * 20_000, checkout=reports.CHECKOUT)
    assert len(shown.encode()) < findings_summary.MOST_BYTES + 100
    *listed, last = shown.splitlines()[2:]
    assert f"- and {20_000 - len(listed)} findings more" == last


def test_paths_are_those_of_the_repository() -> None:
    """A step may run in a folder below it."""
    checkout = Checkout("/src/repo/deploy", ("/src/repo",))
    (line, *_) = findings_github.annotations(reports.report(checkout=checkout))
    assert line.startswith("::error file=deploy/jobs/billing.yaml,line=6,")
