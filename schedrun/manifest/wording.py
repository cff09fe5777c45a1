"""How messages name values and guess what was meant."""

from collections.abc import Iterable
from functools import lru_cache

_LONGEST_SHOWN = 60
_LONGEST_MESSAGE = 300
_LONGEST_GUESSED = 64


def quoted(text: str) -> str:
    """Return `text` in backticks, on one line and cut to a readable length."""
    one_line = " ".join(text.split("\n"))
    if len(one_line) > _LONGEST_SHOWN:
        one_line = one_line[: _LONGEST_SHOWN - 1] + "…"
    return f"`{one_line}`"


def shortened(message: str) -> str:
    """Return `message`, without its middle when it repeats a value that is too long to read."""
    if len(message) <= _LONGEST_MESSAGE:
        return message
    half = _LONGEST_MESSAGE // 2
    return f"{message[:half]}…{message[-half:]}"


def named(value: object) -> str:
    """Return what kind of value this is, with the value where it is short: "the number 5", "a list"."""
    match value:
        case bool():
            words = f"the truth value {str(value).lower()}"
        case int() | float():
            words = f"the number {value}"
        case str():
            words = f"the text {quoted(value)}" if value else "an empty text"
        case list() | tuple():
            words = "a list"
        case dict():
            words = "a mapping"
        case _:
            words = "nothing"
    return words


def listed(names: Iterable[str], *, last: str = "or") -> str:
    """Return the names in backticks as a phrase: "`a`, `b` or `c`"."""
    *front, end = [f"`{name}`" for name in names]
    return f"{', '.join(front)} {last} {end}" if front else end


@lru_cache(maxsize=1024)
def closest(word: str, names: tuple[str, ...]) -> str | None:
    """Return the name that `word` was probably meant to be, None when none is near."""
    if len(word) > _LONGEST_GUESSED:
        return None
    import difflib  # noqa: PLC0415  for mistakes only

    by_letters = {name.lower(): name for name in names}
    found = difflib.get_close_matches(word.lower().replace("-", "_"), by_letters, n=1, cutoff=0.7)
    return by_letters[found[0]] if found else None
