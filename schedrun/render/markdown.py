"""Text from manifests, jobs and file names, made safe for GitHub's and GitLab's markdown."""

import re

from schedrun.render.escape import for_terminal

# What markup is made of; a colon that begins an address or an emoji; a dot that makes an address of `www`; and what
# calls a person, an issue, or with GitLab a merge request, a milestone, an alert.
_SPECIAL = re.compile(
    r"""[\\`*_\[\]<>|~&$]|:(?![\d ]|$)|(?<=www)\.|[@#]|[!%^](?=[\w"])|(?<=\bGH)-(?=\d)""", re.IGNORECASE
)
_NO_WIDTH = "&#8203;"
"""Stands behind what may begin a name: names become links only after all character references are read."""


def for_markdown(text: str) -> str:
    """Return `text` on one line, showing exactly itself: no markup, no link, no table cell, nobody mentioned.

    What markdown or HTML could read becomes a character reference, which neither takes for structure. Not meant for
    the beginning of a line, where digits and dashes are structure too.
    """
    return _SPECIAL.sub(_reference, for_terminal(text))


def code(text: str) -> str:
    """Return `text` as inline code, also within HTML such as a summary, where fences mean nothing."""
    return f"<code>{for_markdown(text)}</code>"


def code_span(text: str) -> str:
    """Return `text` as inline code that reads as itself where markdown is not rendered; not meant for tables.

    It is fenced by more backticks than it holds in a row.
    """
    shown = for_terminal(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    space = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _reference(found: re.Match[str]) -> str:
    character, following = found[0], found.string[found.end() : found.end() + 1]
    calls = character in "@#" or (character in "!%^~&$-" and (following.isalnum() or following == '"'))
    return f"&#{ord(character)};{_NO_WIDTH if calls else ''}"
