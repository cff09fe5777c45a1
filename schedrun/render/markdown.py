"""Text from manifests, jobs and file names, made safe for GitHub's and GitLab's markdown."""

import re

from schedrun.render.escape import for_terminal

# What markup is made of; a colon that begins an address or an emoji; a dot that makes an address of `www`; and what
# calls a person or an issue.
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&$]|:(?![\d ]|$)|(?<=www)\.|[@#]", re.IGNORECASE)
_NO_WIDTH = "&#8203;"
"""Stands behind `@` and `#`, so that what follows is no name: they become links only after all references are read."""


def for_markdown(text: str) -> str:
    """Return `text` on one line, showing exactly itself: no markup, no link, no table cell, nobody mentioned.

    What markdown or HTML could read becomes a character reference, which neither takes for structure. Not meant for
    the beginning of a line, where digits and dashes are structure too.
    """
    return _SPECIAL.sub(_reference, for_terminal(text))


def code(text: str) -> str:
    """Return `text` as inline code."""
    return f"<code>{for_markdown(text)}</code>"


def _reference(found: re.Match[str]) -> str:
    character = found[0]
    return f"&#{ord(character)};{_NO_WIDTH if character in '@#' else ''}"
