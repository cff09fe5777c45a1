"""Regular expressions that are compiled when they are first used: most commands use few, and start-up time counts."""

import re
import sys
from collections.abc import Callable, Iterator
from functools import cached_property

_PART = 16_384
_LONGEST_MATCH = 1_024


class Pattern:
    """A regular expression, as `re.compile` takes it; compiling it is put off."""

    def __init__(self, text: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self.text, self.flags = text, flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled expression; raises re.error for a text that is none."""
        return re.compile(self.text, self.flags)

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Return the first match at or after `start`."""
        return self.compiled.search(text, start)

    def search_by_parts(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Return the first match at or after `start`, as `search` does, of a text of whatever length.

        A search lets no other thread go on: in a text of megabytes that takes seconds, for which nothing would fire.
        Where two parts meet, a match of more than 1,024 characters may be cut off, or not be found.
        """
        for begin in range(start, len(text) + 1, _PART):
            match = self.compiled.search(text, begin, begin + _PART + _LONGEST_MATCH)
            if match is not None and match.start() < begin + _PART:
                return match
        return None

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Return the match that begins at `start`."""
        return self.compiled.match(text, start)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Return the match that is the whole text."""
        return self.compiled.fullmatch(text)

    def finditer(self, text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
        """Yield the matches between `start` and `end` that do not overlap."""
        return self.compiled.finditer(text, start, end)

    def sub(self, replacement: str | Callable[[re.Match[str]], str], text: str) -> str:
        """Return the text with every match replaced, as `re.sub` does it."""
        return self.compiled.sub(replacement, text)
