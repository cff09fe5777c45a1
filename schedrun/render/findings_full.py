"""Findings for people: each with the line it is about, marks below it, and what to write instead."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.source import Position
from schedrun.render.counting import counted
from schedrun.render.escape import for_log, for_terminal
from schedrun.render.findings_report import FailOn, Report, explain_command
from schedrun.render.instants import utc_text
from schedrun.render.paint import Paint, Tone, unpainted

if TYPE_CHECKING:
    from schedrun.render.code_frame import Frame

# Where nothing is found, as in most runs of a hook, neither frames nor widths are needed: they are imported on use.

TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.WARN}
"""How the severities look on a terminal."""

_WIDEST_LINE = 120
"""How many columns of a manifest's line are shown where nothing else bounds them."""
_HANGING = 4
_SHORTEST_SECRET = 4
"""Shorter texts stand in many places by chance: only where they were found are they hidden."""


def text(report: Report, *, width: int | None = None, paint: Paint = unpainted) -> str:
    """Return all findings with their lines, at most `width` columns wide (None: unbound), then counts and the tally."""
    layout = _Layout(report, width, paint)
    blocks = ["\n".join(layout.finding(finding)) for finding in report.findings]
    return "\n\n".join([*blocks, "\n".join(layout.footer())])


class _Layout:
    def __init__(self, report: Report, width: int | None, paint: Paint) -> None:
        self._report, self._width, self._paint = report, width, paint
        self._secrets = Secrets(report.findings, report.lines)

    def finding(self, finding: Diagnostic) -> Iterator[str]:
        """Yield the heading, the line with its marks, the second place, and where to read on."""
        yield from self._heading(finding)
        places = [finding.position] + ([finding.related] if finding.related else [])
        gutter = len(str(max(place.line for place in places)))
        tone = TONES[finding.severity]
        yield from self._place(finding.position, finding.hint, gutter, mark="^", tone=tone, label="hint")
        if finding.related is not None:
            note = finding.related_note or "see also"
            shown = for_log(for_terminal(str(finding.related)))
            yield from self._wrapped(f"{' ' * gutter}--> ", shown, Tone.PLAIN)
            yield from self._place(finding.related, note, gutter, mark="-", tone=Tone.ACTIVE, label="note")
        yield from self._wrapped(f"{' ' * gutter} = help: ", explain_command(finding.code), Tone.FAINT)

    def footer(self) -> Iterator[str]:
        """Yield what was checked and when, and as the last line the tally, which agrees with the exit code."""
        report = self._report
        jobs = counted(report.jobs, "sound job" if report.count(Severity.ERROR) else "job")
        facts = [counted(len(report.files), "file"), jobs, f"now {utc_text(report.now)}"]
        if report.fail_on is FailOn.WARNING:
            facts.append("warnings fail")
        elif report.fail_on is FailOn.NEVER:
            facts.append("nothing fails")
        yield from self._wrapped("", ", ".join(facts), Tone.FAINT)
        yield self._paint(report.tally, _verdict_tone(report))

    def _heading(self, finding: Diagnostic) -> Iterator[str]:
        where, label = f"{for_log(for_terminal(str(finding.position)))}: ", f"{finding.severity}[{finding.code}]"
        shown = self._fitted(f"{where}{label} {for_log(for_terminal(finding.message))}", _HANGING)
        painted = self._paint(label, TONES[finding.severity])
        # The label of a narrow terminal may have gone to a later line, or be broken: then it stays bare.
        labelled = next((number for number, line in enumerate(shown) if label in line), None)
        for number, line in enumerate(shown):
            text = line.replace(label, painted, 1) if number == labelled else line
            yield f"{' ' * _HANGING}{text}" if number else text

    def _place(
        self, position: Position, words: str | None, gutter: int, *, mark: str, tone: Tone, label: str
    ) -> Iterator[str]:
        """Yield a frame with its words at the marks where they fit, below them where not."""
        lead = f"{' ' * gutter} | "
        lines = self._report.lines.get(position.file)
        shown = None if words is None else for_log(for_terminal(words))
        if lines is not None and 1 <= position.line <= len(lines):
            found = self._frame(_line(lines, position.line), position, len(lead))
            at_marks = shown is not None and self._fits(lead, found, shown)
            yield lead.rstrip()
            yield f"{position.line:>{gutter}} | {found.line}".rstrip()
            marks = self._paint(mark * found.marks + (f" {shown}" if at_marks else ""), tone)
            yield f"{lead}{' ' * found.before}{marks}"
            if at_marks:
                return
        if shown is not None:
            yield from self._wrapped(f"{' ' * gutter} = {label}: ", shown, Tone.PLAIN)

    def _frame(self, line: str, position: Position, lead: int) -> "Frame":
        from schedrun.render.code_frame import frame  # noqa: PLC0415  see above

        width = _WIDEST_LINE if self._width is None else self._width - lead
        return frame(line, position, width=width, masked=self._secrets.within(line, position.file, position.line))

    def _fits(self, lead: str, found: "Frame", words: str) -> bool:
        if self._width is None:
            return True
        from schedrun.render.width import display_width  # noqa: PLC0415  see above

        return len(lead) + found.before + found.marks + 1 + display_width(words) <= self._width

    def _wrapped(self, lead: str, words: str, tone: Tone) -> Iterator[str]:
        first, *rest = self._fitted(words, len(lead))
        yield lead + self._paint(first, tone)
        for line in rest:
            yield " " * len(lead) + self._paint(line, tone)

    def _fitted(self, words: str, indent: int) -> list[str]:
        if self._width is None:
            return [words]
        from schedrun.render.width import wrapped  # noqa: PLC0415  see above

        return wrapped(words, max(self._width - indent, 8))


class Secrets:
    """What must not be shown of the lines: where findings say so, and wherever the same text stands again."""

    def __init__(self, findings: Sequence[Diagnostic], lines: Mapping[str, Sequence[str]]) -> None:
        self._places: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self._texts: set[str] = set()
        for finding in findings:
            if finding.masked:
                self._hide(finding.position, lines.get(finding.position.file, ()))

    def within(self, line: str, file: str, number: int) -> list[tuple[int, int]]:
        """Return the parts of a line to hide, by the index of their first character and of the one after their last."""
        hidden = list(self._places.get((file, number), ()))
        for secret in self._texts:
            at = line.find(secret)
            while at >= 0:
                hidden.append((at, at + len(secret)))
                at = line.find(secret, at + len(secret))
        return _joined(hidden)

    def _hide(self, position: Position, lines: Sequence[str]) -> None:
        last = position.end_line or position.line
        for number in range(position.line, min(last, len(lines)) + 1):
            line = _line(lines, number)
            start = position.column - 1 if number == position.line else len(line) - len(line.lstrip())
            end = len(line)
            if number == last and position.end_column is not None:
                end = position.end_column - 1
            self._places.setdefault((position.file, number), []).append((start, end))
            secret = line[start:end].strip().strip("'\"")
            if len(secret) >= _SHORTEST_SECRET:
                self._texts.add(secret)


def _line(lines: Sequence[str], number: int) -> str:
    """Return a line by its number (from 1), as its columns count: the reader drops a byte order mark before."""
    line = lines[number - 1]
    return line.removeprefix("\ufeff") if number == 1 else line


def _joined(parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the parts in order, overlapping ones as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(parts):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        elif start < end:
            joined.append((start, end))
    return joined


def _verdict_tone(report: Report) -> Tone:
    if report.failed:
        return Tone.BAD
    return Tone.WARN if report.findings else Tone.GOOD
