"""Where secrets stand in the lines of a manifest, so that nobody shows them.

Neither sound YAML nor a sound job is needed: also a file that is broken keeps its secrets.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from schedrun.core.pattern import Pattern
from schedrun.core.spec import literal_secret
from schedrun.core.spec.job import Job
from schedrun.core.spec.literal_secret import IN_TEXT, KNOWN, REFERENCE, STEMS, WORD

_LONGEST_LINE = 2_000
"""Of a longer line all is hidden where anything may be a secret: it could be written to take time."""
_SUSPECT = Pattern(rf"{STEMS}|authorization|cookie|://|mysql|sshpass|curl|{KNOWN.text}", re.IGNORECASE)
_KEY = Pattern(rf"(?:{WORD}s?|authorization|cookie)(?:[\"'][ \t]{{0,9}}:|[ \t]{{0,9}}:(?=\s|$))[ \t]*", re.IGNORECASE)
_AFTER_FLAG = Pattern(
    rf"(?P<flag>{WORD})[\"']?(?:[ \t]*,[ \t]*|[ \t]+)(?P<value>\"[^\"]*\"|'[^']*'|[^\s,\]}}\"']+)", re.IGNORECASE
)
_ENDS_IN_FLAG = Pattern(rf"[\s\"'](?P<flag>-[\w-]{{0,64}}{WORD})[\"']?,?\s*$", re.IGNORECASE)
_QUOTED = Pattern(r"\"(?:\\.|[^\"\\])*\"?|'(?:''|[^'])*'?")
_ENTRY = Pattern(r"\s*(?:- +)?[\"']?(?P<name>[\w.-]+)[\"']?\s*:(?:\s+|$)")
_FIRST_ENTRY = Pattern(r"\{\s*[\"']?(?P<name>[\w.-]+)[\"']?\s*:\s*")
_IN_PLACE = Pattern(r"\{?\s*[\"']?from_(?:env|file)\b")

Parts = Mapping[int, Sequence[tuple[int, int]]]
"""By line (from 1): the index of the first character of each part, and of the one after its last."""


def parts(lines: Sequence[str]) -> Parts:
    """Return what of a manifest's lines must not be shown, sound or not; more rather than less."""
    scan = _Scan()
    for number, line in enumerate(lines, 1):
        scan.take(number, line)
    return scan.found


class _Below(NamedTuple):
    """A secret's key at this indentation, below which its value goes on; entries of a mapping, or text."""

    indent: int
    entries: bool


class _Scan:
    """Goes through lines, one after another."""

    def __init__(self) -> None:
        self.found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._below: _Below | None = None
        self._after_flag = ""

    def take(self, number: int, line: str) -> None:
        """Take the next line."""
        if self._below is not None:
            self._go_on(number, line, below=self._below)
        if self._after_flag and line.strip():
            self._item_after_flag(number, line)
        if _SUSPECT.search_by_parts(line) is None:
            return
        if len(line) > _LONGEST_LINE:
            self.found[number].append((0, len(line)))
            return
        for start, end in (*self._values(line), *_within(line)):
            self.found[number].append((start, end))
        flag = _ENDS_IN_FLAG.search(line)
        self._after_flag = flag["flag"] if flag else ""

    def _values(self, line: str) -> Iterator[tuple[int, int]]:
        """Yield the values of keys that name secrets, and note where one goes on below."""
        for match in _KEY.finditer(line):
            start = match.end()
            first = _FIRST_ENTRY.match(line, start)
            if _IN_PLACE.match(line, start) or _is_job(first):
                continue
            if first is not None and first["name"].startswith("from_"):
                start = first.end()  # a reference that is misspelt
            value = line[start:]
            in_flow = _depth(line, match.start()) > 0
            end = start + _length(value, in_flow=in_flow)
            said = line[start:end].strip()
            if not in_flow:
                self._below = _Below(_indent(line), entries=not said)
            if said and not REFERENCE.search(said.strip("'\"")) and said[0] not in "|>":
                yield start, start + len(line[start:end].rstrip())

    def _go_on(self, number: int, line: str, *, below: _Below) -> None:
        if not line.strip():
            return
        if _indent(line) <= below.indent:
            self._below = None
            return
        entry = _ENTRY.match(line) if below.entries else None
        if entry is None:
            self.found[number].append((len(line) - len(line.lstrip()), len(line)))
        elif _is_job(entry):
            self._below = None
        elif entry["name"] not in {"from_env", "from_file"} and line[entry.end() :].strip():
            self.found[number].append((entry.end(), len(line)))

    def _item_after_flag(self, number: int, line: str) -> None:
        start = len(line) - len(line.lstrip(" -\t"))
        value = line[start:].strip().strip("'\",")
        if not line.lstrip().startswith("- -") and literal_secret.is_flag_secret(self._after_flag, value):
            self.found[number].append((start, len(line.rstrip())))
        self._after_flag = ""


def _within(line: str) -> Iterator[tuple[int, int]]:
    """Yield the secrets that stand within text."""
    for match in KNOWN.finditer(line):
        yield match.span()
    for pattern in IN_TEXT:
        for match in pattern.finditer(line):
            if not REFERENCE.search(match["value"].strip("'\"")):
                yield match.span("value")
    for match in _AFTER_FLAG.finditer(line):
        word = line[max(match.start() - 64, 0) : match.end("flag")].rsplit(maxsplit=1)[-1].lstrip("[{'\"")
        if word.startswith("-") and literal_secret.is_flag_secret(word, match["value"].strip("'\"")):
            yield match.span("value")


def _is_job(entry: re.Match[str] | None) -> bool:
    """Return whether a job stands here, whose id only sounds like a secret: `rotate-token`."""
    return entry is not None and entry["name"] in Job.model_fields


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" -"))


def _depth(line: str, end: int) -> int:
    """Return how many brackets are open before `end`, brackets in texts among them."""
    before = line[:end]
    return before.count("{") + before.count("[") - before.count("}") - before.count("]")


def _length(value: str, *, in_flow: bool) -> int:
    """Return how many characters of the rest of a line belong to the value that it begins with."""
    quoted = _QUOTED.match(value)
    if quoted is not None:
        return quoted.end()
    if value[:1] in {"{", "["}:
        return len(value)
    end = re.search(r"\s#|[,\]}]" if in_flow else r"\s#", value)
    return end.start() if end else len(value)
