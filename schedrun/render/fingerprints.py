"""What a finding is known by from one run to the next, wherever its lines have moved."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.source import Position
from schedrun.core.spec.redaction import shown
from schedrun.render.file_paths import absolute, from_the_top
from schedrun.render.findings_report import Report

_DIGITS = re.compile(r"\d+")
_LONGEST_LINE = 2_000
"""So much of a line is hashed where a finding means no part of it: thousands may be about a line of megabytes."""


def fingerprints(report: Report) -> list[str]:
    """Return one text of 64 hexadecimal digits a finding, in the order of the findings, no two alike.

    It depends on the code, the file, the job or what the message says (numbers aside: they follow the clock), and on
    what is written at the finding's place, never on line numbers. Of several that agree in all of that the first has
    the number 1, the next 2. What must not be shown goes into no hash: a short one can be guessed from it.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    prints = []
    for finding in report.findings:
        facts = _facts(finding, report)
        seen[facts] += 1
        whole = "\0".join([*facts, str(seen[facts])])
        prints.append(hashlib.sha256(whole.encode("utf-8", "backslashreplace")).hexdigest())
    return prints


def _facts(finding: Diagnostic, report: Report) -> tuple[str, ...]:
    name = finding.position.file
    file = from_the_top(name, report.checkout) or absolute(name, report.checkout)
    about = finding.job or _DIGITS.sub("0", finding.message)
    written = "" if finding.masked else _written(finding.position, report.lines.get(name, ()))
    return finding.code, file, about, written


def _written(position: Position, lines: Sequence[str]) -> str:
    """Return what stands at a position: the text that it means, else its whole line."""
    if not 1 <= position.line <= len(lines):
        return ""
    line = lines[position.line - 1]
    meant = ""
    if position.end_line is not None and position.end_column is not None:
        end = position.end_column - 1 if position.end_line == position.line else len(line)
        meant = shown(line, start=position.column - 1, end=end)
    return meant or shown(line, end=_LONGEST_LINE).strip()
