"""Text from manifests, jobs and file names, made safe for where it is shown."""

import re

_COMMAND_OF_A_RUNNER = re.compile(r"^\s*(?=::)|##(?=\w*\[)")


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


def for_log(line: str) -> str:
    r"""Return a line of a log with what a CI runner would take for a command broken by an escape.

    Runners read commands in what any step prints: GitHub `::set-output` at the beginning of a line, also behind blanks,
    and `##[group]` anywhere, Azure `##vso[task.setvariable]`, TeamCity `##teamcity[message]`. Their first character
    becomes its escape, such as `\x23`.
    """
    for start in reversed(command_starts(line)):
        line = f"{line[:start]}{written_out(line[start])}{line[start + 1 :]}"
    return line


def command_starts(line: str) -> list[int]:
    """Return the index of each character at which a CI runner would see a command begin."""
    if "##" not in line and "::" not in line:
        return []
    return [found.start() if found[0] == "##" else found.end() for found in _COMMAND_OF_A_RUNNER.finditer(line)]


def written_out(character: str) -> str:
    r"""Return the escape of one ASCII character: `\x23`."""
    return f"\\x{ord(character):02x}"
