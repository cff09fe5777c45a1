"""How many columns of a terminal a text takes, and how it is broken to fit."""

import unicodedata


def display_width(line: str) -> int:
    """Return how many columns of a terminal a printable line takes: East Asian wide characters two, marks none."""
    if line.isascii():
        return len(line)
    return sum(_character_width(character) for character in line)


def wrapped(line: str, width: int) -> list[str]:
    """Return `line` broken at spaces into pieces at most `width` columns wide; longer words are cut."""
    pieces: list[str] = []
    current = ""
    for word in line.split(" "):
        candidate = f"{current} {word}" if current else word
        if display_width(candidate) <= width:
            current = candidate
            continue
        if current:
            pieces.append(current)
        *full, current = _cut(word, width)
        pieces.extend(full)
    return [*pieces, current]


def hanging(line: str, width: int | None, *, indent: int = 4) -> list[str]:
    """Return `line` broken to fit `width` columns (None: as it is), what follows further in by `indent`."""
    if width is None or display_width(line) <= width:
        return [line]
    words = line.lstrip(" ")
    lead = len(line) - len(words)
    first, *rest = wrapped(words, max(width - lead - indent, 16))
    return [" " * lead + first, *(" " * (lead + indent) + piece for piece in rest)]


def _character_width(character: str) -> int:
    # The vowels of Thai, and others, are marks above their letter without a combining class.
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cut(word: str, width: int) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and display_width(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
