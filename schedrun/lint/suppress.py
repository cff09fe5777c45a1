"""Comments that accept a finding: `# schedrun: ignore[SR401] reason`.

Behind a value they hold for its line, alone above a job for the whole job, alone above any other line for that line.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.ids import JobKey
from schedrun.core.pattern import Pattern
from schedrun.core.plan.inspected import InspectedFile
from schedrun.core.source import Position, Suppression
from schedrun.lint.comments import Comment, comments

_MARK = "schedrun:"
_HINT = Pattern(r"#\s*schedrun:\s*ignore")
_COMMENT = Pattern(r"#\s*schedrun:\s*ignore\b\s*(?:\[(?P<codes>[^\]]*)\])?\s*(?P<reason>.*)")
_EXAMPLE = "write `# schedrun: ignore[SR501] why this is accepted`"

BREAKING = Pattern(r"SR0\d\d|SR10[1-6]|SR109|SR11[01]|SR20[12]|SR304|SR306|SR703")
"""Codes of what breaks its file, or speaks of suppressions: no comment changes that."""
FOUND_ELSEWHERE = Pattern(r"SR40[135]|SR601|SR602|SR70[1-4678]|SR8\d\d")
"""Codes that need more than one tree, the tree's code, all of its files or another week: that one check does not find
them says nothing."""


class _Reach(NamedTuple):
    """What a comment holds for: lines of a file (from 1, inclusive), and the job whose whole they are."""

    file: str
    first_line: int
    last_line: int
    job: JobKey | None


class _Held(NamedTuple):
    suppression: Suppression
    job: JobKey | None

    @property
    def reach(self) -> _Reach:
        said = self.suppression
        return _Reach(said.position.file, said.first_line, said.last_line, self.job)


_Reaches = dict[_Reach, None]
"""Each once, in order: of the many comments that may stand above one line all reach equally far."""


class Suppressions:
    """The suppressions of all files, and which of them were of use."""

    def __init__(self, files: Iterable[InspectedFile], *, known: Collection[str]) -> None:
        """Scan the files; `known` are all codes that there are."""
        self._known = known
        self._held = {file.name: held for file in files if (held := list(_held(file)))}
        self._used: set[tuple[_Reach, str]] = set()
        self._of_jobs: dict[tuple[JobKey, str], _Reaches] = defaultdict(dict)
        self._of_lines: dict[tuple[str, int, str], _Reaches] = defaultdict(dict)
        for held in self._held.values():
            for each in held:
                if each.suppression.reason:
                    self._index(each.reach, each.suppression.codes)
        self._jobs_begin = {
            file: sorted({each.suppression.first_line for each in held if each.job is not None})
            for file, held in self._held.items()
        }

    def _index(self, reach: _Reach, codes: Iterable[str]) -> None:
        for code in codes:
            self._of_lines[reach.file, reach.first_line, code][reach] = None
            if reach.job is not None:
                self._of_jobs[reach.job, code][reach] = None

    def hold(self, finding: Diagnostic) -> bool:
        """Return whether a comment suppresses the finding, and note that it was of use."""
        if not self._held or BREAKING.fullmatch(finding.code):
            return False
        covering = [reach for reach in self._near(finding) if _covers(reach, finding)]
        self._used.update((reach, finding.code) for reach in covering)
        return bool(covering)

    def _near(self, finding: Diagnostic) -> Iterator[_Reach]:
        """Yield what may cover the finding: what is said of its job, and around its line."""
        code = finding.code
        yield from self._of_jobs.get((finding.job or "", code), ())
        file, line = finding.position.file, finding.position.line
        jobs_begin = self._jobs_begin.get(file, [])
        above = bisect_right(jobs_begin, line)
        for first in {line, jobs_begin[above - 1] if above else line}:
            yield from self._of_lines.get((file, first, code), ())

    def findings(self, *, selects: Callable[[str], bool], sound: Callable[[str], bool]) -> Iterator[Diagnostic]:
        """Yield what is wrong with the suppressions themselves, once all findings were held against them.

        `selects` says whether a code is looked for, `sound` whether all of a file's jobs were.
        """
        for name, held in self._held.items():
            for each in held:
                yield from self._faults(each, selects=selects, sound=sound(name))

    def _faults(self, held: _Held, *, selects: Callable[[str], bool], sound: bool) -> Iterator[Diagnostic]:
        said = held.suppression
        if not said.codes or not said.reason:
            missing = "the codes that it is for" if not said.codes else "a reason"
            yield _fault("SR110", Severity.ERROR, held=held, message=f"this suppression lacks {missing}", hint=_EXAMPLE)
            return
        for code in said.codes:
            if code not in self._known:
                hint = "write codes that `schedrun explain` lists"
                yield _fault(
                    "SR111", Severity.ERROR, held=held, message=f"`{code[:20]}` is no code of a rule", hint=hint
                )
            elif BREAKING.fullmatch(code):
                message = f"{code} cannot be suppressed"
                yield _fault("SR111", Severity.ERROR, held=held, message=message, hint="mend what it is about")
        idle = [
            code
            for code in said.codes
            if code in self._known
            and not BREAKING.fullmatch(code)
            and not FOUND_ELSEWHERE.fullmatch(code)
            and selects(code)
            and (held.reach, code) not in self._used
        ]
        if idle and sound:
            message = f"nothing is suppressed here for {', '.join(idle)}"
            yield _fault(
                "SR109", Severity.WARNING, held=held, message=message, hint="take the comment, or that code, away"
            )


def suppressions(file: InspectedFile) -> list[Suppression]:
    """Return the suppressions of a file, in order, those without reason too."""
    return [each.suppression for each in _held(file)]


def _covers(reach: _Reach, finding: Diagnostic) -> bool:
    if reach.job is not None and reach.job == finding.job:
        return True
    same_file = finding.position.file == reach.file
    return same_file and reach.first_line <= finding.position.line <= reach.last_line


def _held(file: InspectedFile) -> Iterator[_Held]:
    # Every manifest has lines with `schedrun:`, hardly one has this.
    if not any(_HINT.search(line) for line in file.lines if _MARK in line):
        return
    ids = {
        position.line: (position, None if document.job_set is None else f"{document.job_set}/{job_id}")
        for document in file.documents
        for job_id, position in document.ids.items()
    }
    below = _Below(file.lines)
    for comment in comments(file.lines):
        match = _COMMENT.match(comment.text)
        if match is None:
            continue
        codes = tuple(code.strip() for code in (match["codes"] or "").split(",") if code.strip())
        begin, end = comment.column + 1, comment.column + len(comment.text.rstrip()) + 1
        line = comment.line + 1
        position = Position(file.name, line, begin, line, end)
        first, last, job = _range(comment, below, ids=ids)
        # Punctuation alone is no reason.
        reason = match["reason"].strip() if re.search(r"\w", match["reason"]) else ""
        yield _Held(Suppression(position, codes, reason, first, last), job)


class _Below:
    """What stands below comments, looked up once for all comments that stand above one line."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self._following: dict[int, int] = {}
        self._last: dict[int, int] = {}

    def content(self, line: int) -> int:
        """Return the first line (from 0) below `line` that is neither empty nor a comment; comments come in order."""
        passed, at = [], line + 1
        while at not in self._following and at < len(self.lines) and _says_nothing(self.lines[at]):
            passed.append(at)
            at += 1
        following = self._following.get(at, at)
        self._following |= dict.fromkeys(passed, following)
        return following

    def last(self, first: int, *, indent: int) -> int:
        """Return the last line (from 0) of the job that begins on line `first` at `indent`."""
        if first not in self._last:
            self._last[first] = _last_line(self.lines, first, indent=indent)
        return self._last[first]


def _says_nothing(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _range(
    comment: Comment, below: _Below, *, ids: dict[int, tuple[Position, JobKey | None]]
) -> tuple[int, int, JobKey | None]:
    """Return the first and last line (from 1) for which the comment holds, and the job whose whole it is."""
    if not comment.alone:
        return comment.line + 1, comment.line + 1, None
    first = below.content(comment.line)
    position, job = ids.get(first + 1, (None, None))
    if position is None or below.lines[first][: position.column - 1].strip():
        return first + 1, first + 1, None
    return first + 1, below.last(first, indent=position.column - 1) + 1, job


def _last_line(lines: Sequence[str], first: int, *, indent: int) -> int:
    """Return the last line (from 0) of a block that begins on line `first` at `indent`."""
    last = first
    for number in range(first + 1, len(lines)):
        line = lines[number]
        stripped = line.lstrip(" ")
        if not stripped or stripped.startswith("#"):
            continue
        if len(line) - len(stripped) <= indent:
            break
        last = number
    return last


def _fault(code: str, severity: Severity, *, held: _Held, message: str, hint: str) -> Diagnostic:
    return Diagnostic(code, severity, held.suppression.position, message, hint)
