"""A baseline: findings that a team has taken note of, so that only new ones count.

A finding is known again by its code, its file, its job and the text at its place: lines may move, values may not.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.errors import SchedrunError
from schedrun.core.plan.inspected import InspectedFile
from schedrun.core.spec.redaction import shown
from schedrun.lint.suppress import BREAKING, FOUND_ELSEWHERE

_VERSION = 1
_DIGITS = 16
_REMEDY = "write a new one with `--write-baseline`"


class BaselineError(SchedrunError):
    """This file is no baseline."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of finding in a baseline: its fingerprint, code and file, and how many there are of it."""

    fingerprint: str
    code: str
    file: str
    count: int


def read(text: str, *, file: str) -> tuple[Entry, ...]:
    """Return the entries of a baseline's text; raises BaselineError, which names `file`, when it is none."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{file}: this is no baseline: {error}; {_REMEDY}") from error
    if not isinstance(said, dict) or said.get("schema_version") != _VERSION:
        raise BaselineError(f'{file}: this is no baseline of version {_VERSION} ("schema_version"); {_REMEDY}')
    findings = said.get("findings")
    if not isinstance(findings, list):
        raise BaselineError(f'{file}: "findings" must be a list; {_REMEDY}')
    return tuple(_entry(item, place, file=file) for place, item in enumerate(findings))


def written(findings: Iterable[Diagnostic], files: Mapping[str, InspectedFile]) -> str:
    """Return the text of a baseline that holds the findings of rules, in an order that changes little.

    What breaks its file is left out: it is not applied, whoever has taken note of it. `files` are those looked at.
    """
    counts = Counter(
        (finding.position.file, finding.code, _fingerprint(finding, files))
        for finding in findings
        if not breaks(finding)
    )
    entries = [
        {"fingerprint": fingerprint, "code": code, "file": file, "count": count}
        for (file, code, fingerprint), count in sorted(counts.items())
    ]
    return json.dumps({"schema_version": _VERSION, "findings": entries}, indent=2, ensure_ascii=False) + "\n"


def without_known(
    findings: Sequence[Diagnostic], entries: Iterable[Entry], *, files: Mapping[str, InspectedFile]
) -> list[Diagnostic]:
    """Return the findings that no entry holds; of more than an entry counts the later ones."""
    room = Counter({entry.fingerprint: entry.count for entry in entries})
    left = []
    for finding in findings:
        fingerprint = None if breaks(finding) else _fingerprint(finding, files)
        if fingerprint is None or room[fingerprint] < 1:
            left.append(finding)
        else:
            room[fingerprint] -= 1
    return left


def stale(
    findings: Iterable[Diagnostic],
    entries: Iterable[Entry],
    *,
    files: Mapping[str, InspectedFile],
    looked_at: Callable[[Entry], bool],
) -> list[Entry]:
    """Return the entries that hold more than was found, of those whose file and rule were `looked_at`."""
    found = Counter(_fingerprint(finding, files) for finding in findings if not breaks(finding))
    return [
        entry
        for entry in entries
        if looked_at(entry) and not FOUND_ELSEWHERE.fullmatch(entry.code) and found[entry.fingerprint] < entry.count
    ]


def breaks(finding: Diagnostic) -> bool:
    """Return whether the finding breaks its file, or is about a suppression: neither can be taken note of."""
    return BREAKING.fullmatch(finding.code) is not None


def _fingerprint(finding: Diagnostic, files: Mapping[str, InspectedFile]) -> str:
    position = finding.position
    said = (finding.code, position.file, finding.job or "", "" if finding.masked else _text(finding, files))
    return hashlib.sha256("\0".join(said).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _text(finding: Diagnostic, files: Mapping[str, InspectedFile]) -> str:
    """Return the text at the finding's place; of a mapping or list, which is named by its beginning, the line."""
    position, file = finding.position, files.get(finding.position.file)
    if file is None or position.line > len(file.lines):
        return ""
    line = file.lines[position.line - 1]
    if position.end_column is None:
        return shown(line).strip()
    end = position.end_column - 1 if position.end_line == position.line else None
    return shown(line, start=position.column - 1, end=end)


def _entry(item: Any, place: int, *, file: str) -> Entry:
    texts = ("fingerprint", "code", "file")
    if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in texts):
        raise BaselineError(f"{file}: finding {place + 1} lacks one of {', '.join(texts)}; {_REMEDY}")
    count = item.get("count", 1)
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise BaselineError(f'{file}: "count" of finding {place + 1} must be a whole number from 1; {_REMEDY}')
    return Entry(item["fingerprint"], item["code"], item["file"], count)
