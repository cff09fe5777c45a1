"""Findings as annotations of a GitHub workflow, and what they leave to the summary of its step.

The commands and their escapes are those of
https://docs.github.com/en/actions/writing-workflows/choosing-what-your-workflow-does/workflow-commands-for-github-actions
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from schedrun.core.diagnostics import Diagnostic
from schedrun.render.escape import for_terminal
from schedrun.render.file_paths import from_the_top
from schedrun.render.findings_report import Checkout, Report

MOST_ANNOTATIONS = 10
"""How many errors, and how many warnings, GitHub shows of one step."""


def annotations(report: Report) -> list[str]:
    """Return one workflow command a finding, errors first, as many of each severity as GitHub shows."""
    return [_annotation(finding, report.checkout) for finding in _annotated(report.findings)]


def beyond(report: Report) -> list[Diagnostic]:
    """Return the findings that got no annotation."""
    annotated = {id(finding) for finding in _annotated(report.findings)}
    return [finding for finding in report.findings if id(finding) not in annotated]


def _annotated(findings: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    shown: Counter[str] = Counter()
    for finding in findings:
        shown[finding.severity] += 1
        if shown[finding.severity] <= MOST_ANNOTATIONS:
            yield finding


def _annotation(finding: Diagnostic, checkout: Checkout) -> str:
    position = finding.position
    properties = {"file": from_the_top(position.file, checkout) or position.file, "line": str(position.line)}
    # GitHub takes columns only of what stands on one line.
    if position.end_line is not None and position.end_line > position.line:
        properties["endLine"] = str(position.end_line)
    else:
        properties |= {"endLine": str(position.line), "col": str(position.column)}
        properties["endColumn"] = str(max(position.end_column or 0, position.column + 1))
    properties["title"] = finding.code
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{finding.severity} {said}::{_data(_words(finding))}"


def _words(finding: Diagnostic) -> str:
    """Return what an annotation says: the log of the step shows it without its file and line."""
    lines = [f"{finding.position}: {finding.code} {finding.message}"]
    if finding.hint is not None:
        lines.append(f"hint: {finding.hint}")
    if finding.related is not None:
        lines.append(f"{finding.related}: {finding.related_note or 'see also'}")
    return "\n".join(for_terminal(line) for line in lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(for_terminal(text)).replace(":", "%3A").replace(",", "%2C")
