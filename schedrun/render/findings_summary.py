"""Findings as Markdown: what the summary of a GitHub step says of those that got no annotation."""

from collections.abc import Iterator, Sequence

from schedrun.core.diagnostics import Diagnostic
from schedrun.render.counting import counted
from schedrun.render.file_paths import from_the_top
from schedrun.render.findings_report import Checkout
from schedrun.render.markdown import code_span, for_markdown

MOST_BYTES = 1_000_000
"""How long the text gets; GitHub drops a summary of more than 1 MiB."""


def text(findings: Sequence[Diagnostic], *, checkout: Checkout) -> str:
    """Return a heading and one line a finding with its code, file and line; nothing when there are none."""
    if not findings:
        return ""
    return "\n".join(_bounded(_lines(findings, checkout), total=len(findings))) + "\n"


def _lines(findings: Sequence[Diagnostic], checkout: Checkout) -> Iterator[str]:
    yield f"### schedrun validate: {counted(len(findings), 'finding')} beyond the annotations"
    yield ""
    for finding in findings:
        yield _line(finding, checkout)


def _line(finding: Diagnostic, checkout: Checkout) -> str:
    position = finding.position
    file = from_the_top(position.file, checkout) or position.file
    where = code_span(f"{file}:{position.line}:{position.column}")
    hint = f" ({for_markdown(finding.hint)})" if finding.hint else ""
    return f"- {finding.severity} {finding.code} {where} {for_markdown(finding.message)}{hint}"


def _bounded(lines: Iterator[str], *, total: int) -> Iterator[str]:
    size = 0
    for number, line in enumerate(lines):
        size += len(line.encode("utf-8", "backslashreplace")) + 1
        if size > MOST_BYTES:
            # Two lines stand above the findings.
            yield f"- and {counted(total - number + 2, 'finding')} more"
            return
        yield line
