"""What a job printed, as a page shows it: text, in which nothing invisible hides."""

import re

_COLOURS = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_CONTROLS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"} | {0x7F: 0x2421}
"""Control characters and the pictures that Unicode has of them."""


def shown(text: str) -> str:
    """Return output without the sequences that colour terminals, other control characters as pictures."""
    plain = _COLOURS.sub("", text).replace("\r\n", "\n")
    return plain.translate(_CONTROLS)
