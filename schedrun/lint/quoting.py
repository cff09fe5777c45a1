"""Edits for text that only lacks quotes: SR003 and SR011 are found while reading, where nothing is mended."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from schedrun.core.diagnostics import Diagnostic, Edit
from schedrun.core.plan.inspected import Inspected

_CODES = frozenset({"SR003", "SR011"})


def with_edits(inspected: Inspected) -> Iterator[Diagnostic]:
    """Yield the findings of reading and shape, those that quotes mend with an edit that writes them."""
    for name, findings in inspected.desired.broken.items():
        file = inspected.files.get(name)
        for finding in findings:
            quotable = finding.code in _CODES and file is not None
            yield replace(finding, edits=_quotes(finding, file.lines)) if quotable and file else finding


def _quotes(finding: Diagnostic, lines: Sequence[str]) -> tuple[Edit, ...]:
    position = finding.position
    if position.end_column is None or position.line != position.end_line:
        return ()
    text = lines[position.line - 1][position.column - 1 : position.end_column - 1]
    if not text or set(text) & {'"', "\\"}:
        return ()
    return (Edit(position, f'"{text}"'),)
