"""Findings for people: each with the line it is about, marks below it, and what to write instead."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.source import Position
from schedrun.core.spec.instant import utc_text
from schedrun.render.counting import counted
from schedrun.render.escape import for_log, for_terminal
from schedrun.render.findings_report import FailOn, Report, explain_command
from schedrun.render.paint import Paint, Tone, unpainted

if TYPE_CHECKING:
    from schedrun.render.code_frame import Frame
    from schedrun.render.hidden_parts import HiddenParts

# Where nothing is found, as in most runs of a hook, neither frames nor widths are needed: they are imported on use.

TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.WARN}
"""How the severities look on a terminal."""

_WIDEST_LINE = 120
"""How many columns of a manifest's line are shown where nothing else bounds them."""


def text(report: Report, *, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return all findings with their lines, at most `width` columns wide (None: unbound), then counts and the tally."""
    layout = _Layout(report, width=width, paint=paint)
    blocks = ["\n".join(layout.finding(finding)) for finding in report.findings]
    return "\n\n".join([*blocks, "\n".join(layout.footer())])


class _Layout:
    def __init__(self, report: Report, *, width: int | None, paint: Paint) -> None:
        self._report, self._width, self._paint = report, width, paint
        self._hidden: HiddenParts | None = None

    def finding(self, finding: Diagnostic) -> Iterator[str]:
        """Yield the heading, the line with its marks, the second place, and where to read on."""
        yield from self._heading(finding)
        places = [finding.position] + ([finding.related] if finding.related else [])
        gutter = len(str(max(place.line for place in places)))
        tone = TONES[finding.severity]
        yield from self._place(finding.position, finding.hint, gutter=gutter, mark="^", tone=tone, label="hint")
        if finding.related is not None:
            note = finding.related_note or "see also"
            shown = for_log(for_terminal(str(finding.related)))
            yield from self._wrapped(f"{' ' * gutter}--> ", shown, tone=Tone.PLAIN)
            yield from self._place(finding.related, note, gutter=gutter, mark="-", tone=Tone.ACTIVE, label="note")
        yield from self._wrapped(f"{' ' * gutter} = help: ", explain_command(finding.code), tone=Tone.FAINT)

    def footer(self) -> Iterator[str]:
        """Yield what was checked and when, and as the last line the tally, which agrees with the exit code."""
        report = self._report
        jobs = counted(report.jobs, "sound job" if report.count(Severity.ERROR) else "job")
        facts = [counted(len(report.files), "file"), jobs, f"now {utc_text(report.now)}"]
        if report.fail_on is FailOn.WARNING:
            facts.append("warnings fail")
        elif report.fail_on is FailOn.NEVER:
            facts.append("nothing fails")
        yield from self._wrapped("", ", ".join(facts), tone=Tone.FAINT)
        yield self._paint(report.tally, _verdict_tone(report))

    def _heading(self, finding: Diagnostic) -> list[str]:
        from schedrun.render.findings_text import heading  # noqa: PLC0415  see above

        return heading(finding, width=self._width, paint=self._paint)

    def _place(
        self, position: Position, words: str | None, *, gutter: int, mark: str, tone: Tone, label: str
    ) -> Iterator[str]:
        """Yield a frame with its words at the marks where they fit, below them where not."""
        lead = f"{' ' * gutter} | "
        lines = self._report.lines.get(position.file)
        shown = None if words is None else for_log(for_terminal(words))
        if lines is not None and 1 <= position.line <= len(lines):
            from schedrun.render.hidden_parts import as_counted  # noqa: PLC0415  see above

            found = self._frame(as_counted(lines, position.line), position, lead=len(lead))
            at_marks = shown is not None and self._fits(lead, found=found, words=shown)
            yield lead.rstrip()
            yield f"{position.line:>{gutter}} | {found.line}".rstrip()
            marks = self._paint(mark * found.marks + (f" {shown}" if at_marks else ""), tone)
            yield f"{lead}{' ' * found.before}{marks}"
            if at_marks:
                return
        if shown is not None:
            yield from self._wrapped(f"{' ' * gutter} = {label}: ", shown, tone=Tone.PLAIN)

    def _frame(self, line: str, position: Position, *, lead: int) -> "Frame":
        from schedrun.render.code_frame import frame  # noqa: PLC0415  see above
        from schedrun.render.hidden_parts import HiddenParts  # noqa: PLC0415  see above

        if self._hidden is None:
            self._hidden = HiddenParts(self._report.findings, self._report.lines)
        width = _WIDEST_LINE if self._width is None else self._width - lead
        return frame(line, position, width=width, masked=self._hidden.within(line, position))

    def _fits(self, lead: str, *, found: "Frame", words: str) -> bool:
        if self._width is None:
            return True
        from schedrun.render.width import display_width  # noqa: PLC0415  see above

        return len(lead) + found.before + found.marks + 1 + display_width(words) <= self._width

    def _wrapped(self, lead: str, words: str, *, tone: Tone) -> Iterator[str]:
        first, *rest = self._fitted(words, len(lead))
        yield lead + self._paint(first, tone)
        for line in rest:
            yield " " * len(lead) + self._paint(line, tone)

    def _fitted(self, words: str, indent: int) -> list[str]:
        if self._width is None:
            return [words]
        from schedrun.render.width import wrapped  # noqa: PLC0415  see above

        return wrapped(words, max(self._width - indent, 8))


def _verdict_tone(report: Report) -> Tone:
    if report.failed:
        return Tone.BAD
    return Tone.WARN if report.findings else Tone.GOOD
