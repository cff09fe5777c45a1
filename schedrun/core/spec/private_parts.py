"""What of a manifest's lines stays with those who may read the manifest: the values of some keys, whatever they are.

Environments, headers and bodies hold secrets under names that nobody can guess, and where notices go is a secret by
itself. All behind the colon of such a key is private, with everything deeper, and so are userinfo and query of a URL.
What looks like a secret by its name or form, anywhere, is found by `secret_parts`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from schedrun.core.pattern import Pattern
from schedrun.core.spec import secret_parts
from schedrun.core.spec.notify import ADDRESS_FIELDS, NOTIFY_FIELDS
from schedrun.core.spec.secret_parts import Parts

ADDRESSES = ADDRESS_FIELDS
"""The fields that say where notices and pings go."""

PRIVATE_KEYS = ("env", "headers", "body", "json", *ADDRESSES)
"""The keys whose values are private."""

_NAMES = "|".join(PRIVATE_KEYS)
_ESCAPED = r"\"(?=[^\"\\]*\\)(?:[^\"\\]|\\.){1,120}+\""
"""A quoted name in which something is escaped: it may be any name, and none of ours takes more characters."""

_KEY = Pattern(
    rf"(?:(?<![\w.-])(?P<quote>[\"']?)(?:{_NAMES})(?P=quote)|{_ESCAPED})[ \t]*:(?=[\s\"'\[{{&*!|>,}}\]]|$)[ \t]*"
)
_ADDRESS_KEY = Pattern(
    rf"(?<![\w.-])(?P<quote>[\"']?)(?:(?:{'|'.join(NOTIFY_FIELDS)})(?P=quote)[ \t]*:(?=[\s\"'\[{{&*!|>,}}\]]|$)"
    r"|monitor(?P=quote)[ \t]*:(?=[ \t]*[^\s#]))[ \t]*"
)
_COMPLEX_KEY = Pattern(rf"^[ \t]*(?:- +)*\? +(?P<quote>[\"']?)(?:{_NAMES})(?P=quote)[ \t]*$")
_URL = Pattern(r"://(?:(?P<userinfo>[^\s/\"'@]+)@)?[^\s\"'?]*(?:\?(?P<query>[^\s\"']*))?")
_ALIAS = Pattern(r"(?<![\w.-])\*(?P<name>[^\s,\[\]{}]+)")
_COMMENT = Pattern(r"^[ \t]*#+")
_ITEM = Pattern(r"[ \t]*(?:- +)*")
_DOCUMENT = Pattern(r"(?:---|\.\.\.)(?:\s|$)")
_DEEPEST = 1 << 30
"""An indent that no line has: more characters than a file may be long."""


def parts(lines: Sequence[str], *, secrets: Parts | None = None) -> Parts:
    """Return what of the lines is private or looks like a secret, whether they parse or not; more rather than less.

    `secrets` is what `secret_parts` has found in them, where that is known: it takes far longer than the rest.
    """
    return _found(lines, _KEY, urls=True, secrets=secrets)


def addresses_and_secrets(lines: Sequence[str]) -> Parts:
    """Return where notices and pings go, and what looks like a secret: what nobody needs to see who mends a manifest.

    Of a `monitor` that goes on below its key that is hidden only where it is quoted: a job may have this name.
    """
    return _found(lines, _ADDRESS_KEY, urls=False)


def _found(lines: Sequence[str], key: Pattern, *, urls: bool, secrets: Parts | None = None) -> Parts:
    found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, hidden in (secret_parts.parts(lines) if secrets is None else secrets).items():
        found[number] += hidden
    scan = _Scan(found, key, urls=urls)
    for number, line in enumerate(lines, 1):
        scan.take(number, line)
    if scan.aliases:
        # What an alias stands for is private where it was anchored.
        names = "|".join(re.escape(name) for name in sorted(scan.aliases))
        anchored = _Scan(found, Pattern(rf"(?<![\w.-])&(?:{names})(?![^\s,\[\]{{}}])[ \t]*"), of_anchors=True)
        for number, line in enumerate(lines, 1):
            anchored.take(number, line)
    return found


class _Open:
    """A value that goes on: `closers` are the brackets that are still open, `quote` the text that is."""

    def __init__(self, *, in_flow: bool) -> None:
        self.in_flow = in_flow
        self.closers: list[str] = []
        self.quote = ""

    def takes(self, text: str) -> int | None:
        """Return after how many characters of the text the value ends; None when it goes on on the next line."""
        place = 0
        while place < len(text):
            character = text[place]
            if self.quote:
                place += 1 if character == "\\" and self.quote == '"' else 0
                self.quote = "" if character == self.quote else self.quote
            elif character in "\"'" and (place == 0 or text[place - 1] in " \t,[{:"):
                self.quote = character
            elif character in "{[":
                self.closers.append("}" if character == "{" else "]")
            elif self.closers:
                if character == self.closers[-1]:
                    self.closers.pop()
            elif self.in_flow and character in ",}]":
                return place
            place += 1
        return None if self.quote or self.closers or self.in_flow else len(text)


class _Scan:
    """Goes through lines, one after another, and hides what stands behind the keys that a pattern finds."""

    def __init__(
        self,
        found: defaultdict[int, list[tuple[int, int]]],
        key: Pattern,
        *,
        urls: bool = False,
        of_anchors: bool = False,
    ) -> None:
        self.aliases: set[str] = set()
        self._found, self._key, self._urls, self._of_anchors = found, key, urls, of_anchors
        self._open: _Open | None = None
        self._below: int | None = None
        self._below_in_comment: int | None = None
        self._in_flow = False

    def take(self, number: int, line: str) -> None:
        """Take the next line."""
        comment = _COMMENT.match(line)
        if _DOCUMENT.match(line):
            self._open = self._below = None
        elif self._open is not None:
            self._go_on(number, line, self._open)
            return
        shown = f"{' ' * comment.end()}{line[comment.end() :]}" if comment else line
        if self._is_below(shown, in_comment=comment is not None):
            self._hide(number, line, len(shown) - len(shown.lstrip()))
            return
        for start, end in _of_urls(line) if self._urls else ():
            self._found[number].append((start, end))
        self._behind_keys(number, shown, in_comment=comment is not None)
        if comment is None:
            self._note_flow(line)

    def _go_on(self, number: int, line: str, value: _Open) -> None:
        """Hide a line on which a value goes on, with all that follows it there."""
        start = len(line) - len(line.lstrip())
        self._hide(number, line, start)
        taken = value.takes(line[start:].rstrip())
        if taken is not None:
            self._open = None
            self._behind_keys(number, line, place=start + taken, in_comment=False)
            self._note_flow(line)

    def _note_flow(self, line: str) -> None:
        """Note whether the next line stands within brackets."""
        end = line.split(" #", 1)[0].rstrip()
        if end:
            within = self._in_flow or _depth(end, 0, len(end)) > 0
            self._in_flow = end.endswith(("{", "[")) or (within and end.endswith(","))

    def _is_below(self, line: str, *, in_comment: bool) -> bool:
        """Whether the line belongs to the value of a key above; a comment ends none but that of a comment."""
        below = self._below_in_comment if in_comment else self._below
        if not in_comment:
            self._below_in_comment = None
        if below is None:
            # A comment may stand deep within a value.
            return in_comment and self._below is not None and _indent(line) > self._below and bool(line.strip())
        if not line.strip():
            return False
        indent = _indent(line)
        if indent > below or (indent == below and line.lstrip()[:2].rstrip() in {"-", ":"}):
            return True
        if in_comment:
            self._below_in_comment = None
        else:
            self._below = None
        return False

    def _behind_keys(self, number: int, line: str, *, in_comment: bool, place: int = 0) -> None:
        began_in_flow = self._in_flow or place > 0
        depth = counted = 0
        hides_rest = False
        while (match := self._key.search_by_parts(line, place)) is not None:
            # What stands behind a further key is hidden with the rest of the line, and a line may have thousands.
            if not hides_rest:
                self._hide(number, line, match.end())
                hides_rest = True
            depth += _depth(line, counted, match.start())
            counted = match.start()
            in_flow = began_in_flow or depth > 0
            value = _Open(in_flow=in_flow)
            taken = value.takes(line[match.end() :])
            if not in_comment and taken is None:
                self._open = value
            if not in_flow:
                column = _column_of_value(line, match.start()) if self._of_anchors else match.start()
                self._goes_on_below(column, in_comment=in_comment)
            place = match.end() + (len(line) if taken is None else taken)
        if (asked := _COMPLEX_KEY.match(line)) is not None and not self._in_flow:
            self._goes_on_below(line.index("?", asked.start()), in_comment=in_comment)

    def _goes_on_below(self, column: int, *, in_comment: bool) -> None:
        if in_comment:
            self._below_in_comment = column
        else:
            self._below = column

    def _hide(self, number: int, line: str, start: int) -> None:
        end = len(line.rstrip())
        if start < end:
            self._found[number].append((start, end))
            self.aliases |= {match["name"] for match in _ALIAS.finditer(line, start)}


def _of_urls(line: str) -> Iterator[tuple[int, int]]:
    for match in _URL.finditer(line):
        for group in "userinfo", "query":
            if match[group]:
                yield match.span(group)


def _indent(line: str) -> int:
    """Return how deep a line stands: behind a tab, which YAML allows for no indent, deeper than any other."""
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    return _DEEPEST if "\t" in indent else len(indent)


def _column_of_value(line: str, anchor: int) -> int:
    """Return the column that the lines of an anchored value stand behind: that of its key, or of its item's dash."""
    begin = _ITEM.match(line)
    column = 0 if begin is None else begin.end()
    return column if column < anchor else _indent(line)


def _depth(line: str, start: int, end: int) -> int:
    """Return how many more brackets open than close from `start` to before `end`, brackets in texts among them."""
    opened = line.count("{", start, end) + line.count("[", start, end)
    return opened - line.count("}", start, end) - line.count("]", start, end)
