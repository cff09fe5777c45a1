"""What is said about text that is no YAML, and how reading goes on after it."""

from collections.abc import Sequence
from itertools import chain, takewhile
from typing import NamedTuple

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.pattern import Pattern
from schedrun.core.source import Position
from schedrun.manifest.node import Mark, Source
from schedrun.manifest.wording import quoted

_UNQUOTED = Pattern(r"[*@].*?(?=\s*(?:[}\]]|,\s+[\w.-]+:|,\s*$|\s#|$))")
_UNQUOTED_VALUE = Pattern(r"(?:[:\-,\[{]\s+|^\s*)(?=[*@])")
_LEADING_TABS = Pattern(r"^[ ]*\t[ \t]*")
_DOCUMENT = Pattern(r"---(?:\s|$)")
_TOO_DEEP = "exceeded maximum nesting depth"
"""What newer parsers say, long after our own bound, of brackets they look ahead at: up to there, ours is found."""
_HINTS = {
    "mapping values are not allowed in this context": 'look at the indentation; text that holds ": " goes in quotes',
    "could not find expected ':'": "a key needs a colon and a space after it; look at the indentation too",
    "did not find expected key": "look at the indentation of this line and at quotes and brackets above it",
    "found unexpected end of stream": "a quote is not closed",
    "found unexpected document indicator": "a quote is not closed",
    "did not find expected ',' or '}'": "close the `{` or separate the entries with commas",
    "did not find expected ',' or ']'": "close the `[` or separate the items with commas",
    "did not find expected '-' indicator": "look at the indentation of this line",
    "found unknown escape character": "write `\\\\` for a backslash, or use single quotes",
    "found incompatible YAML document": "write `%YAML 1.2`, or take the line away",
}


class SyntaxFault(NamedTuple):
    """Where reading stopped.

    `line` counts from 0. `repaired` is the whole text with the fault overwritten in place, None where that cannot be
    done. Without a `diagnostic` it is for the reader to say what is wrong with the repaired text.
    """

    diagnostic: Diagnostic | None
    line: int
    repaired: str | None = None


class Problem(NamedTuple):
    """What a parser says: the problem and where it is, what it was in and where that began."""

    text: str
    mark: Mark
    context: str | None = None
    context_mark: Mark | None = None


def fault(problem: Problem, source: Source) -> SyntaxFault:
    """Return the fault for what the parser could not read of `source`."""
    lines = source.lines
    mark = problem.mark
    if problem.text == _TOO_DEEP:
        return SyntaxFault(None, mark.line, "\n".join([*lines[: mark.line], lines[mark.line][: mark.column]]))
    if problem.context == "while scanning an alias" and problem.context_mark is not None:
        mark = problem.context_mark
    line = lines[mark.line] if mark.line < len(lines) else ""
    unquoted = _unquoted_column(line, mark.column)
    if unquoted is not None:
        return _unquoted(source, mark.line, unquoted)
    character = line[mark.column : mark.column + 1]
    if character == "\t" or (character and _LEADING_TABS.match(line)):
        return _tab(source, mark.line)
    position = source.at(mark)
    begun = problem.context_mark
    related = source.at(begun) if begun is not None and source.at(begun) != position else None
    return SyntaxFault(
        Diagnostic(
            "SR001",
            Severity.ERROR,
            position,
            f"this is no YAML: {problem.text}",
            _hint(problem.text, character),
            related,
            f"{problem.context}, which begins here" if related and problem.context else None,
        ),
        line=mark.line,
    )


def next_document(lines: Sequence[str], *, stopped: int, begin: int) -> int | None:
    """Return the first line (from 0) that begins a document behind what could not be read, None when there is none.

    `stopped` is the line at which reading stopped: the beginning of the next document, where a bracket or a quote was
    still open. `begin` is that of the document at hand.
    """
    return next(
        (number for number in range(max(stopped, begin + 1), len(lines)) if _DOCUMENT.match(lines[number])), None
    )


def _hint(problem: str, character: str) -> str | None:
    if character and character in "`%@&*!|>" and problem not in _HINTS:
        return f"text that begins with {quoted(character)} goes in quotes"
    return _HINTS.get(problem)


def _unquoted_column(line: str, column: int) -> int | None:
    """Return the column of a `*` or `@` that begins an unquoted text at, or on the line before, `column`."""
    if line[column : column + 1] in {"*", "@"}:
        return column
    starts = [match.end() for match in _UNQUOTED_VALUE.finditer(line, 0, column + 1)]
    return starts[-1] if starts and " " in line[starts[-1] : column] else None


def _unquoted(source: Source, number: int, column: int) -> SyntaxFault:
    line = source.lines[number]
    found = _UNQUOTED.match(line, column)
    text = found[0] if found else line[column:]
    end = column + len(text)
    position = Position(source.file, number + 1, column + 1, number + 1, end + 1)
    diagnostic = Diagnostic(
        "SR003",
        Severity.ERROR,
        position,
        f"text that begins with {quoted(text[0])} needs quotes",
        f'write "{text}"',
    )
    return SyntaxFault(diagnostic, number, _overwritten(source, number, line[:column] + "x" * len(text) + line[end:]))


def _tab(source: Source, number: int) -> SyntaxFault:
    line = source.lines[number]
    column = line.index("\t")
    position = Position(source.file, number + 1, column + 1, number + 1, column + 2)
    diagnostic = Diagnostic(
        "SR006", Severity.ERROR, position, "a tab stands where YAML allows spaces only", "use spaces"
    )
    if not _LEADING_TABS.match(line) or _mixes_tabs_and_spaces(source.lines, number):
        return SyntaxFault(diagnostic, number)
    # One finding for a file that is indented with tabs, and the rest of it is read as if they were spaces.
    spaced = [_LEADING_TABS.sub(lambda tabs: tabs[0].replace("\t", " "), each) for each in source.lines]
    return SyntaxFault(diagnostic, number, "\n".join(spaced))


def _mixes_tabs_and_spaces(lines: Sequence[str], number: int) -> bool:
    """Return whether the document around a line is indented with both: how deep its lines are is anybody's guess."""
    above = takewhile(lambda line: not _DOCUMENT.match(line), reversed(lines[:number]))
    below = takewhile(lambda line: not _DOCUMENT.match(line), lines[number:])
    return any(line.startswith(" ") and line.strip() for line in chain(above, below))


def _overwritten(source: Source, number: int, line: str) -> str:
    return "\n".join([*source.lines[:number], line, *source.lines[number + 1 :]])
