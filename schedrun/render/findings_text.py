"""Findings beside other things, as plans and the status show them: `file:line:column: error[SR101] message`."""

from collections.abc import Iterator, Sequence

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.render.escape import for_log, for_terminal
from schedrun.render.paint import Paint, Tone, painted, unpainted
from schedrun.render.width import hanging, wrapped

_TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.WARN}
_HANGING = 4


def text(findings: Sequence[Diagnostic], *, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return the findings in the order given; second position and hint stand below each, further in.

    `width` is the terminal's, which wraps words (None: each stays one line).
    """
    return "\n".join(line for finding in findings for line in _lines(finding, width=width, paint=paint))


def heading(finding: Diagnostic, *, width: int | None, paint: Paint) -> list[str]:
    """Return the place of a finding, its severity, code and message in one line, or in those that a terminal needs."""
    place, label = f"{for_log(for_terminal(str(finding.position)))}:", f"{finding.severity}[{finding.code}]"
    words = f"{label} {for_log(for_terminal(finding.message))}"
    if width is None:
        lines = [f"{place} {words}"]
    # A place that leaves no room beside it has the first line to itself, so that it can be copied as a whole.
    elif width - _HANGING < len(place) and wrapped(place, max(width, 8)) == [place]:
        lines = [place, *_indented(wrapped(words, max(width - _HANGING, 8)))]
    else:
        first, *rest = wrapped(f"{place} {words}", max(width - _HANGING, 8))
        lines = [first, *_indented(rest)]
    return painted(lines, label, _TONES[finding.severity], paint=paint)


def _indented(lines: Sequence[str]) -> Iterator[str]:
    return (" " * _HANGING + line for line in lines)


def _lines(finding: Diagnostic, *, width: int | None, paint: Paint) -> Iterator[str]:
    yield from heading(finding, width=width, paint=paint)
    if finding.related is not None:
        note = for_terminal(finding.related_note or "see also")
        yield from hanging(f"    note: {for_terminal(str(finding.related))}: {note}", width)
    if finding.hint is not None:
        yield from hanging(f"    hint: {for_terminal(finding.hint)}", width)
