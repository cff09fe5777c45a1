"""Findings as JUnit XML: a suite a file, a case a finding, one case that passes for a file without findings.

The elements are those that Jenkins, GitLab and Azure read; there is no standard. GitLab keeps one case of a name, and
of a result its text, not its attributes: https://docs.gitlab.com/ci/testing/unit_test_reports/.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.spec.instant import utc_text
from schedrun.render.escape import for_terminal
from schedrun.render.file_paths import from_the_top
from schedrun.render.findings_report import Report, explain_command
from schedrun.render.instants import to_the_second

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}


def text(report: Report) -> str:
    """Return the XML, declaration included.

    A case names code, file and line; of several that agree in these, each but the first has a number. Names of files
    begin at the top of the repository. What makes the validation fail is a `failure`, any other finding `skipped`, so
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
    # A pipe may have another encoding than the one that is declared.
    return "\n".join([*lines, "</testsuites>"]).encode("ascii", "xmlcharrefreplace").decode("ascii")


def _suite(report: Report, *, name: str, findings: Sequence[Diagnostic]) -> Iterator[str]:
    counts = _counts(report, findings, cases=max(len(findings), 1))
    when = utc_text(to_the_second(report.now)).removesuffix("Z")
    file = from_the_top(name, report.checkout) or name
    yield f"  <testsuite{_attributes(name=file, **counts, timestamp=when)}>"
    if not findings:
        yield f"    <testcase{_attributes(classname=file, name=file, file=file, time='0')}/>"
    for finding, title in zip(findings, _titles(findings, file), strict=True):
        line = str(finding.position.line)
        yield f"    <testcase{_attributes(classname=file, name=title, file=file, line=line, time='0')}>"
        yield _result(finding, fails=report.fails(finding))
        yield "    </testcase>"
    yield "  </testsuite>"


def _titles(findings: Sequence[Diagnostic], file: str) -> Iterator[str]:
    """Yield the name of each case in a file, no two alike."""
    seen: Counter[str] = Counter()
    for finding in findings:
        title = f"{finding.code} {file}:{finding.position.line}:{finding.position.column}"
        seen[title] += 1
        yield title if seen[title] == 1 else f"{title} ({seen[title]})"


def _counts(report: Report, findings: Sequence[Diagnostic], *, cases: int) -> dict[str, str]:
    failures = sum(report.fails(finding) for finding in findings)
    skipped = len(findings) - failures
    return {"tests": str(cases), "failures": str(failures), "errors": "0", "skipped": str(skipped), "time": "0"}


def _result(finding: Diagnostic, *, fails: bool) -> str:
    attributes = {"message": f"{finding.severity}[{finding.code}] {finding.message}"}
    element = "failure" if fails else "skipped"
    if fails:
        attributes["type"] = finding.code
    return f"      <{element}{_attributes(**attributes)}>{_xml(_details(finding))}</{element}>"


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
