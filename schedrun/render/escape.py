"""Text from manifests, jobs and file names, made safe for where it is shown."""


def for_terminal(text: str) -> str:
    r"""Return `text` on one line with everything invisible written out.

    Control characters, line breaks, bidirectional overrides, zero-width characters and lone surrogates could
    move the cursor, forge lines or reorder what a person reads; each becomes its escape, such as `\x1b`.
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def for_terminal_lines(text: str) -> str:
    """Return text of several lines with each of them made harmless."""
    return "\n".join(for_terminal(line) for line in text.split("\n"))


def output_for_terminal(text: str) -> str:
    """Return what a program printed with every line break and tab kept and everything else invisible written out."""
    return "\n".join(
        "\t".join(for_terminal(part) for part in line.split("\t")) for line in text.replace("\r\n", "\n").split("\n")
    )
