"""Findings about lines that hold secrets, said without them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.pattern import Pattern
from schedrun.core.source import Position
from schedrun.core.spec import secret_parts
from schedrun.core.spec.secret_parts import Parts

MASK = "*****"
"""What stands for a text that must not be shown, however long that is."""

_SHORTEST_RUN = 4
"""So many characters in a row that a message shares with a secret are more than chance."""
_LONGEST = 1_000
_NUMBER = Pattern(r"(?<=the number )\S+")
_HINT = "write `{from_env: NAME}` or `{from_file: PATH}` in its place: no secret stands in a manifest"


def redacted(findings: Iterable[Diagnostic], lines: Sequence[str]) -> list[Diagnostic]:
    """Return the findings of one file, with its lines; no message or hint shows a secret that stands at its place.

    Those about a secret are `masked`, so that nobody shows or hashes what stands there either.
    """
    parts = secret_parts.parts(lines)
    return [_redacted(finding, lines, parts=parts) for finding in findings] if parts else list(findings)


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
    hidden = [part for part in secret_parts.parts([line]).get(1, ()) if part[0] < end and start < part[1]]
    return without(line[start:end], [(max(first - start, 0), last - start) for first, last in hidden])


def _redacted(finding: Diagnostic, lines: Sequence[str], *, parts: Parts) -> Diagnostic:
    secrets = list(_secrets_at(finding.position, lines, parts=parts))
    if not secrets:
        return finding
    message = _NUMBER.sub(MASK, finding.message)
    for secret in secrets:
        message = _without_runs(message, secret)
    return replace(finding, message=message, hint=_HINT, masked=True)


def _secrets_at(position: Position, lines: Sequence[str], *, parts: Parts) -> Iterable[str]:
    """Yield the secrets that a position overlaps, or begins right at."""
    last = position.end_line or position.line
    for number in range(position.line, min(last, len(lines)) + 1):
        first = position.column - 1 if number == position.line else 0
        end = len(lines[number - 1])
        if number == last:
            end = max((position.end_column or 0) - 1, first + 1)
        for start, stop in parts.get(number, ()):
            if start < end and first < stop:
                yield lines[number - 1][start:stop].strip().strip("'\"")


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
