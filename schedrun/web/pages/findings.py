"""Findings with the line that each is about, and marks below it; what must not be shown is masked."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from schedrun.core.diagnostics import Diagnostic
from schedrun.render.code_frame import Frame, frame
from schedrun.render.hidden_parts import HiddenParts, as_counted

_WIDEST = 110
_MOST_BYTES = 1 << 20


class Framed(NamedTuple):
    """A finding and its line; no line where the file cannot be read any more."""

    finding: Diagnostic
    frame: Frame | None


def framed(findings: Sequence[Diagnostic]) -> list[Framed]:
    """Return the findings with their lines as the files are now."""
    lines = _lines(finding.position.file for finding in findings)
    hidden = HiddenParts(findings, lines)
    return [Framed(finding, _frame(finding, lines, hidden)) for finding in findings]


def _frame(finding: Diagnostic, lines: Mapping[str, Sequence[str]], hidden: HiddenParts) -> Frame | None:
    position = finding.position
    found = lines.get(position.file, ())
    if not 1 <= position.line <= len(found):
        return None
    line = as_counted(found, position.line)
    return frame(line, position, width=_WIDEST, masked=hidden.within(line, position))


def _lines(files: Iterable[str]) -> Mapping[str, Sequence[str]]:
    # The names are those that the last reconcile read, never ones that a request says.
    return {file: lines for file in set(files) if (lines := _read(Path(file)))}


def _read(path: Path) -> Sequence[str]:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return ()
