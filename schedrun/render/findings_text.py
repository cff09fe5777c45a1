"""Findings beside other things, as plans and the status show them: `file:line:column: error[SR101] message`."""

from collections.abc import Iterator, Sequence

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.render.escape import for_terminal
from schedrun.render.paint import Paint, Tone, unpainted

_TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.WARN}


def text(findings: Sequence[Diagnostic], *, paint: Paint = unpainted) -> str:
    """Return the findings in the order given; second position and hint stand on lines of their own."""
    return "\n".join(line for finding in findings for line in _lines(finding, paint))


def _lines(finding: Diagnostic, paint: Paint) -> Iterator[str]:
    label = paint(f"{finding.severity}[{finding.code}]", _TONES[finding.severity])
    yield f"{for_terminal(str(finding.position))}: {label} {for_terminal(finding.message)}"
    if finding.related is not None:
        note = for_terminal(finding.related_note or "see also")
        yield f"    note: {for_terminal(str(finding.related))}: {note}"
    if finding.hint is not None:
        yield f"    hint: {for_terminal(finding.hint)}"
