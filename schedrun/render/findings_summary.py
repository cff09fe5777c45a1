"""Findings as Markdown: what the summary of a GitHub step says of those that got no annotation."""

import re
from collections.abc import Iterator, Sequence

from schedrun.core.diagnostics import Diagnostic
from schedrun.render.counting import counted
from schedrun.render.escape import for_terminal
from schedrun.render.file_paths import from_the_top
from schedrun.render.findings_report import Checkout

MOST_BYTES = 1_000_000
"""How long the text gets; GitHub drops a summary of more than 1 MiB."""

_SPECIAL = re.compile(r"[\\`*_{}\[\]()<>#!|~$&:@.]")
_INSTEAD = {"@": "@&#8203;", "&": "&amp;", "<": "&lt;", ">": "&gt;"}
"""What has a meaning behind a backslash too: HTML, and names of people, which an invisible space ends at once."""


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
    hint = f" ({escaped(finding.hint)})" if finding.hint else ""
    return f"- {finding.severity} {finding.code} {where} {escaped(finding.message)}{hint}"


def _bounded(lines: Iterator[str], *, total: int) -> Iterator[str]:
    size = 0
    for number, line in enumerate(lines):
        size += len(line.encode("utf-8", "backslashreplace")) + 1
        if size > MOST_BYTES:
            # Two lines stand above the findings.
            yield f"- and {counted(total - number + 2, 'finding')} more"
            return
        yield line


def escaped(words: str) -> str:
    """Return a text of any origin as Markdown that shows just that text, on one line."""
    return _SPECIAL.sub(lambda found: _INSTEAD.get(found[0], f"\\{found[0]}"), for_terminal(words))


def code_span(words: str) -> str:
    """Return a text of any origin as inline code, fenced by more backticks than it holds in a row."""
    shown = for_terminal(words)
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{space}{shown}{space}{fence}"
