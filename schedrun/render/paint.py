"""How a word is meant, so that a terminal may colour it; a pipe shows the bare word."""

from collections.abc import Callable, Iterable
from enum import StrEnum


class Tone(StrEnum):
    """What a word means to its reader."""

    PLAIN = "plain"
    STRONG = "strong"
    FAINT = "faint"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    ACTIVE = "active"


Paint = Callable[[str, Tone], str]
"""Returns the text as the medium shows that tone; it never changes the text's width."""


def unpainted(text: str, tone: Tone) -> str:  # noqa: ARG001  a medium without colours has no use for the tone
    """Return the text as it is: the paint of pipes and files."""
    return text


def painted(lines: Iterable[str], part: str, tone: Tone, *, paint: Paint) -> list[str]:
    """Return the lines of a text with the first place of `part` painted; one that is broken over two stays bare."""
    known = list(lines)
    for number, line in enumerate(known):
        if part in line:
            known[number] = line.replace(part, paint(part, tone), 1)
            break
    return known
