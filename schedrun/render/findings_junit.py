"""Findings as JUnit XML: a suite a file, a case a finding, one case that passes for a file without findings.

The elements are those that Jenkins, GitLab and Azure read; there is no standard.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.spec.instant import utc_text
from schedrun.render.escape import for_terminal
from schedrun.render.findings_report import Report, explain_command
from schedrun.render.instants import to_the_second

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}


def text(report: Report) -> str:
    """Return the XML, declaration included.

    A case names code, file and line. What makes the validation fail is a `failure`, any other finding `skipped`, so
    that the counts agree with the exit code.
    """
    by_file: defaultdict[str, list[Diagnostic]] = defaultdict(list)
    for finding in report.findings:
        by_file[finding.position.file].append(finding)
    names = sorted({*report.files, *by_file})
    cases = sum(max(len(by_file.get(name, ())), 1) for name in names)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(
        f"<testsuites{_attributes(name='schedrun validate', **_counts(report, report.findings, cases=cases))}>"
    )
    for name in names:
        lines += _suite(report, name=name, findings=by_file.get(name, []))
    return "\n".join([*lines, "</testsuites>"])


def _suite(report: Report, *, name: str, findings: Sequence[Diagnostic]) -> Iterator[str]:
    counts = _counts(report, findings, cases=max(len(findings), 1))
    when = utc_text(to_the_second(report.now)).removesuffix("Z")
    yield f"  <testsuite{_attributes(name=name, **counts, timestamp=when)}>"
    if not findings:
        yield f"    <testcase{_attributes(classname=name, name=name, file=name, time='0')}/>"
    for finding in findings:
        yield from _case(finding, fails=report.fails(finding))
    yield "  </testsuite>"


def _counts(report: Report, findings: Sequence[Diagnostic], *, cases: int) -> dict[str, str]:
    failures = sum(report.fails(finding) for finding in findings)
    skipped = len(findings) - failures
    return {"tests": str(cases), "failures": str(failures), "errors": "0", "skipped": str(skipped), "time": "0"}


def _case(finding: Diagnostic, *, fails: bool) -> Iterator[str]:
    position = finding.position
    name = f"{finding.code} {position}"
    attributes = _attributes(classname=position.file, name=name, file=position.file, line=str(position.line), time="0")
    yield f"    <testcase{attributes}>"
    message = f"{finding.severity}[{finding.code}] {finding.message}"
    if fails:
        yield f"      <failure{_attributes(message=message, type=finding.code)}>{_xml(_details(finding))}</failure>"
    else:
        yield f"      <skipped{_attributes(message=message)}/>"
    yield "    </testcase>"


def _details(finding: Diagnostic) -> str:
    lines = [for_terminal(str(finding))]
    if finding.related is not None:
        lines.append(for_terminal(f"{finding.related}: {finding.related_note or 'see also'}"))
    return "\n".join([*lines, f"help: {explain_command(finding.code)}"])


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{_xml(for_terminal(value))}"' for name, value in values.items())


def _xml(words: str) -> str:
    """Return a text for XML 1.0; what remains invisible in it is a line break of our own."""
    return "".join(_ENTITIES.get(character, character) for character in words)
