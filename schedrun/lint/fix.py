"""Mends what findings carry edits for, and keeps only what changes no run."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from schedrun.core.diagnostics import Diagnostic, Edit, Severity
from schedrun.core.plan.inspected import Inspected
from schedrun.lint import meaning

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Fixed:
    """A file that fixes change: its name, its text before and after, and what they mend."""

    name: str
    before: str
    after: str
    findings: tuple[Diagnostic, ...]


def fixed(
    texts: Mapping[str, str],
    findings: Iterable[Diagnostic],
    *,
    read: Callable[[Mapping[str, bytes]], Inspected],
) -> list[Fixed]:
    """Return what the edits of `findings` make of the files, by name and text, in order of names.

    `read` reads files again: a fix stays only when every job of its file means the same as before, and no fault has
    come to it; in a broken file, when the faults that it mends are gone.
    """
    by_file: dict[str, list[Diagnostic]] = defaultdict(list)
    for finding in findings:
        if finding.edits and all(edit.position.file in texts for edit in finding.edits):
            by_file[finding.edits[0].position.file].append(finding)
    return [
        each
        for name in sorted(by_file)
        if (each := _fixed_file(name, texts[name], findings=by_file[name], read=read)) is not None
    ]


def _fixed_file(
    name: str, text: str, *, findings: Sequence[Diagnostic], read: Callable[[Mapping[str, bytes]], Inspected]
) -> Fixed | None:
    trial = _Trial(name, text, read=read)
    after = text
    kept: list[Diagnostic] = []
    waiting = [_apart(findings)]
    while waiting:
        group = waiting.pop()
        attempt = applied(after, [edit for finding in group for edit in finding.edits])
        if trial.keeps(attempt, mends=group):
            after = attempt
            kept = [*group, *kept]
            if waiting:
                trial = _Trial(name, after, read=read)
        elif len(group) > 1:
            # Halves, as each attempt reads the file; the later first, so that the places before it do not move.
            middle = len(group) // 2
            waiting += [group[:middle], group[middle:]]
    return Fixed(name, text, after, tuple(kept)) if kept else None


class _Trial:
    """A text of a file, and what it means."""

    def __init__(self, name: str, text: str, *, read: Callable[[Mapping[str, bytes]], Inspected]) -> None:
        self.text = text
        self._name, self._read = name, read
        self._before = self._meant(text)

    def keeps(self, text: str, *, mends: Sequence[Diagnostic]) -> bool:
        """Return whether `text` means the same, and lacks the faults that it `mends` without having new ones."""
        if text == self.text:
            return False
        before, after = self._before, self._meant(text)
        faults_before = self._faults(before)
        if self._faults(after) > faults_before - sum(finding.severity is Severity.ERROR for finding in mends):
            return False
        jobs_before, jobs_after = before.files[self._name].jobs, after.files[self._name].jobs
        if not faults_before and jobs_before.keys() != jobs_after.keys():
            return False
        return all(
            key in jobs_after and meaning.same(job.spec, jobs_after[key].spec) for key, job in jobs_before.items()
        )

    def _meant(self, text: str) -> Inspected:
        return self._read({self._name: text.encode()})

    def _faults(self, inspected: Inspected) -> int:
        return len(inspected.desired.broken.get(self._name, ()))


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with the edits made; they must not overlap. Every other character stays, line ends too."""
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    spans = sorted({(*_span(edit, starts, length=len(text)), edit.text) for edit in edits})
    pieces, place = [], 0
    for begin, end, written in spans:
        pieces += [text[place:begin], written]
        place = end
    return "".join((*pieces, text[place:]))


def _span(edit: Edit, starts: Sequence[int], *, length: int) -> tuple[int, int]:
    position = edit.position
    begin = starts[position.line - 1] + position.column - 1
    if position.end_line is None or position.end_column is None:
        return begin, begin
    return begin, min(starts[position.end_line - 1] + position.end_column - 1, length)


def _apart(findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return the findings in order of place, without those whose edits overlap one before, or repeat it."""
    kept: list[Diagnostic] = []
    end = (0, 0)
    for finding in sorted(findings, key=lambda each: min(_begin(edit) for edit in each.edits)):
        if min(_begin(edit) for edit in finding.edits) >= end:
            kept.append(finding)
            end = max(_end(edit) for edit in finding.edits)
    return kept


def _begin(edit: Edit) -> tuple[int, int]:
    return edit.position.line, edit.position.column


def _end(edit: Edit) -> tuple[int, int]:
    position = edit.position
    return position.end_line or position.line, position.end_column or position.column
