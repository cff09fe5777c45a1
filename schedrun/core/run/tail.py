"""The end of an output: what says most in little room."""

LINES, CHARACTERS = 30, 2_500
"""How much of an output is told to people."""

CUT = "[...]"
"""What stands for what was left out."""


def of(text: str, *, lines: int = LINES, characters: int = CHARACTERS) -> str:
    """Return the last `lines` lines of `text`, at most `characters` of them, and CUT above where something is missing.

    Blank lines at the end are no lines; the tail has no line break at its end.
    """
    whole = text.rstrip()
    shown = "\n".join(whole[-characters:].split("\n")[-lines:])
    if len(shown) == len(whole):
        return shown
    if not whole[: len(whole) - len(shown)].endswith("\n"):
        # A line that was cut says less than none, unless it is all there is.
        _, _, rest = shown.partition("\n")
        shown = rest or shown
    return f"{CUT}\n{shown}"
