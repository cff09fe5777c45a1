"""Findings about lines that hold secrets, said without them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.pattern import Pattern
from schedrun.core.source import Position
from schedrun.core.spec import private_parts, secret_parts
from schedrun.core.spec.secret_parts import Parts

MASK = "*****"
"""What stands for a text that must not be shown, however long that is."""

_SHORTEST_RUN = 4
"""So many characters in a row that a message shares with a secret are more than chance."""
_LONGEST = 1_000
_NUMBER = Pattern(r"(?<=the number )\S+")
_ABOUT_KEYS = frozenset({"SR004", "SR101", "SR103", "SR104"})
"""Codes of findings about a name: it is what must be mended, so it is told wherever it stands."""

_INDICATORS = "!&*@%"
"""What YAML reads as no part of a text that begins with it."""

_QUOTES = 'write "'
"""With these words a hint repeats what stands there."""

_QUOTE_IT = "if it is meant as text, write it in quotes"
_HINT = "write `{from_env: NAME}` or `{from_file: PATH}` in its place: no secret stands in a manifest"


def redacted(findings: Iterable[Diagnostic], lines: Sequence[str]) -> list[Diagnostic]:
    """Return the findings of one file, with its lines; no message or hint shows a secret that stands at its place.

    Those about a secret are `masked`, so that nobody shows or hashes what stands there either. Nor is the value of a
    private key repeated, for logs and ledgers have what is said here; its line shows it to who may see the file.
    """
    secret = secret_parts.parts(lines)
    private = private_parts.parts(lines, secrets=secret)
    told = (_redacted(finding, lines, parts=secret) for finding in findings)
    return [each if each.masked else _discreet(each, lines, parts=private) for each in told]


def without(text: str, parts: Iterable[tuple[int, int]]) -> str:
    """Return a line with a mask in place of each part; parts may overlap."""
    pieces, place = [], 0
    for start, end in sorted(parts):
        if end > place:
            pieces += [text[place : max(start, place)], MASK if start >= place else ""]
            place = end
    return "".join((*pieces, text[place:]))


def shown(line: str, *, start: int = 0, end: int | None = None) -> str:
    """Return a part of a manifest's line, from index `start` to `end`, with a mask in place of each secret in it."""
    end = len(line) if end is None else end
    hidden = [part for part in _secrets_of(line) if part[0] < end and start < part[1]]
    return without(line[start:end], [(max(first - start, 0), last - start) for first, last in hidden])


@lru_cache(maxsize=1)
def _secrets_of(line: str) -> Sequence[tuple[int, int]]:
    # Findings come in the order of lines, and a line may be as long as a manifest.
    return secret_parts.parts([line]).get(1, ())


def _redacted(finding: Diagnostic, lines: Sequence[str], *, parts: Parts) -> Diagnostic:
    secrets = list(_secrets_at(finding.position, lines, parts=parts))
    if not secrets:
        return finding
    message = _NUMBER.sub(MASK, finding.message)
    for secret in secrets:
        message = _without_runs(message, secret)
    return replace(finding, message=message, hint=_HINT, masked=True)


def _discreet(finding: Diagnostic, lines: Sequence[str], *, parts: Parts) -> Diagnostic:
    """Return the finding without the private values that stand at its place."""
    if finding.code in _ABOUT_KEYS:
        return finding
    message, hint = finding.message, finding.hint
    for value in _secrets_at(finding.position, lines, parts=parts, whole=False):
        text = value.lstrip(_INDICATORS)
        message = _without_runs(_NUMBER.sub(MASK, message), text)
        if hint and _QUOTES in hint and _without_runs(hint, text) != hint:
            hint = _QUOTE_IT
    return replace(finding, message=message, hint=hint)


def _secrets_at(position: Position, lines: Sequence[str], *, parts: Parts, whole: bool = True) -> Iterable[str]:
    """Yield the secrets that a position overlaps, or begins right at: the whole of each, or what it has of them."""
    last = position.end_line or position.line
    for number in range(position.line, min(last, len(lines)) + 1):
        first = position.column - 1 if number == position.line else 0
        end = len(lines[number - 1])
        if number == last:
            end = max((position.end_column or 0) - 1, first + 1)
        for start, stop in parts.get(number, ()):
            if start < end and first < stop:
                # Of a position without an end one letter is known, which is in every message.
                until = stop if position.end_column is None else min(stop, end)
                begin, behind = (start, stop) if whole else (max(start, first), until)
                yield lines[number - 1][begin:behind].strip().strip("'\"")


def _without_runs(message: str, secret: str) -> str:
    """Return the message with every run of characters masked that stands in the secret too."""
    # Messages shorten what they quote: its beginning and its end are all that they can hold.
    known = secret if len(secret) <= 2 * _LONGEST else f"{secret[:_LONGEST]}\n{secret[-_LONGEST:]}"
    least = min(_SHORTEST_RUN, len(known))
    shown, place = [], 0
    while least and place < len(message):
        length = 0
        while place + length < len(message) and message[place : place + length + 1] in known:
            length += 1
        masks = length >= least
        shown.append(MASK if masks else message[place])
        place += length if masks else 1
    return "".join(shown) if least else message
