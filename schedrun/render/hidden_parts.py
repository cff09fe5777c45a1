"""What of a manifest's lines must not be shown: secrets, wherever they stand."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.source import Position
from schedrun.core.spec import private_parts
from schedrun.core.spec.secret_parts import Parts

_LONGEST_KEY = 64
_SHORTEST_SECRET = 4
"""Shorter texts stand in many places by chance: only where they were found are they hidden."""

_MEANT = re.compile(r"did you mean `(?P<key>\w+)`")


class HiddenParts:
    """Hidden is what findings say, what `parts` finds in any line, and wherever a text of these stands again.

    What stands behind a key is hidden too where a finding takes the key for one whose values `parts` would hide.
    """

    def __init__(
        self,
        findings: Sequence[Diagnostic],
        lines: Mapping[str, Sequence[str]],
        *,
        parts: Callable[[Sequence[str]], Parts] = private_parts.addresses_and_secrets,
    ) -> None:
        """Take the findings, the lines of every manifest by the names of the files, and what hides parts of lines."""
        self._lines, self._parts = lines, parts
        self._places: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        self._texts: dict[str, int] = {}
        """The first characters of texts, at most _LONGEST_KEY, and how long the longest of these texts is."""
        self._lengths: dict[str, set[int]] = defaultdict(set)
        """How long these keys are, by the first _SHORTEST_SECRET characters of them."""
        self._scanned: dict[str, Parts] = {}
        self._joined: dict[tuple[str, int], Sequence[tuple[int, int]]] = {}
        for finding in findings:
            if finding.masked:
                self._hide(finding.position)
            elif (meant := _MEANT.search(finding.hint or "")) and parts([f"{meant['key']}: x"]):
                self._hide_behind(finding.position)
        for file in {finding.position.file for finding in findings}:
            self._scan(file)

    def within(self, line: str, position: Position) -> Sequence[tuple[int, int]]:
        """Return the parts to hide of the line at a position.

        Each is the index of its first character and of the one after its last; they are in order and do not overlap.
        """
        place = position.file, position.line
        # Thousands of findings may be about one line.
        if place not in self._joined:
            hidden = [*self._places.get(place, ()), *self._scan(position.file).get(position.line, ())]
            if self._texts and (0, len(line)) not in hidden:
                hidden += self._repeated(line)
            self._joined[place] = _joined(hidden)
        return self._joined[place]

    def _repeated(self, line: str) -> Iterator[tuple[int, int]]:
        """Yield where texts that must not be shown stand again."""
        for at in range(len(line) - _SHORTEST_SECRET + 1):
            for length in self._lengths.get(line[at : at + _SHORTEST_SECRET], ()):
                if line[at : at + length] in self._texts:
                    yield at, min(at + self._texts[line[at : at + length]], len(line))

    def _scan(self, file: str) -> Parts:
        if file not in self._scanned:
            lines = self._lines.get(file, ())
            # The reader drops a byte order mark before it counts columns.
            self._scanned[file] = self._parts([as_counted(lines, 1), *lines[1:]] if lines else [])
        return self._scanned[file]

    def _hide(self, position: Position) -> None:
        lines = self._lines.get(position.file, ())
        last = position.end_line or position.line
        for number in range(position.line, min(last, len(lines)) + 1):
            line = as_counted(lines, number)
            start = position.column - 1 if number == position.line else len(line) - len(line.lstrip())
            end = len(line)
            if number == last and position.end_column is not None:
                end = position.end_column - 1
            self._places[position.file, number].append((start, end))
            secret = line[start:end].strip().strip("'\"")
            if len(secret) >= _SHORTEST_SECRET:
                key = secret[:_LONGEST_KEY]
                self._texts[key] = max(len(secret), self._texts.get(key, 0))
                self._lengths[key[:_SHORTEST_SECRET]].add(len(key))

    def _hide_behind(self, position: Position) -> None:
        """Hide what stands behind the colon of the key at the position, on its line."""
        lines = self._lines.get(position.file, ())
        if position.line <= len(lines):
            line = as_counted(lines, position.line)
            start = line.find(":", (position.end_column or position.column) - 1) + 1
            if 0 < start < len(line):
                start += len(line[start:]) - len(line[start:].lstrip())
                self._places[position.file, position.line].append((start, len(line)))


def as_counted(lines: Sequence[str], number: int) -> str:
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
