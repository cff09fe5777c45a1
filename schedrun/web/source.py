"""Lines of manifests for people who may only look: those of a job, and those that findings are about.

Files are named by the ledger alone, never by a request. What is private or looks like a secret is masked. Everything
here reads files and blocks: call it off the event loop.
"""

import re
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.spec import private_parts, redaction
from schedrun.core.spec.secret_parts import Parts
from schedrun.manifest import encoding
from schedrun.manifest.node import Source
from schedrun.manifest.tree import MAX_BYTES, FolderTree, TreeFile
from schedrun.render import frame_text
from schedrun.render.escape import for_terminal
from schedrun.render.hidden_parts import HiddenParts, as_counted

_OF_JOB = re.compile(r"(?<![\w.-])(?:schedule|target|<<)[\"']?\s*:")
_MOST_FILES = 16
_MOST_LINES = 1_000
"""How many lines of one job are shown."""


class _Scanned(NamedTuple):
    """A manifest as it was when it had this fingerprint: its lines, and what of them is not shown."""

    fingerprint: tuple[int, ...]
    lines: Sequence[str]
    parts: Parts


_NONE = _Scanned((), (), {})
_scanned: OrderedDict[str, _Scanned] = OrderedDict()
"""The files that were asked for last: looking through one takes longer than everything else about a job."""
_lock = Lock()


def frames(findings: Sequence[Diagnostic]) -> list[str | None]:
    """Return for each finding its line as the file holds it now, with marks; None where there is no such line."""
    lines = {file: _scan(file).lines for file in {finding.position.file for finding in findings}}
    hidden = HiddenParts(findings, lines, parts=private_parts.parts)
    return [_frame(finding, lines[finding.position.file], hidden) for finding in findings]


def of_job(job: RecordedJob) -> str | None:
    """Return the lines of a manifest that declare the job, masked; None for a code job, or when they are not there."""
    if job.file is None or job.line is None:
        return None
    scanned = _scan(job.file)
    lines, job_id = scanned.lines, job.key.rpartition("/")[2]
    begin = _line_of(job_id, lines, job.line - 1)
    if begin is None:
        return None
    parts = scanned.parts
    if private_parts.parts([f"{job_id}: x"]):
        # A job that is called `env` hides nothing by its name.
        parts = private_parts.parts([*lines[:begin], _without_key(lines[begin], job_id), *lines[begin + 1 :]])
    end = min(_end(lines, begin), begin + _MOST_LINES)
    shown = (redaction.without(lines[number], parts.get(number + 1, ())) for number in range(begin, end))
    return "\n".join("\t".join(for_terminal(part) for part in line.split("\t")) for line in shown)


def _scan(file: str) -> _Scanned:
    """Return a manifest's lines; none when it is no file that can be read now."""
    try:
        status = Path(file).stat()
        fingerprint = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        with _lock:
            known = _scanned.get(file)
            if known is not None and known.fingerprint == fingerprint:
                _scanned.move_to_end(file)
                return known
        data = FolderTree([]).read(TreeFile(file, Path(file), fingerprint))
    except (OSError, ValueError):
        return _NONE
    text, _ = encoding.decode(data, file=file) if len(data) <= MAX_BYTES else (None, ())
    lines = () if text is None else Source(file, text).lines
    found = _Scanned(fingerprint, lines, private_parts.parts(lines))
    with _lock:
        _scanned[file] = found
        while len(_scanned) > _MOST_FILES:
            _scanned.popitem(last=False)
    return found


def _frame(finding: Diagnostic, lines: Sequence[str], hidden: HiddenParts) -> str | None:
    position = finding.position
    if not 1 <= position.line <= len(lines):
        return None
    line = as_counted(lines, position.line)
    return frame_text.text(line, position, masked=hidden.within(line, position))


def _line_of(job_id: str, lines: Sequence[str], known: int) -> int | None:
    """Return the index of the line on which the job's id stands: where it was last seen, else the first such line."""
    key = re.compile(rf"(?:^\s*|[{{,]\s*)[\"']?{re.escape(job_id)}[\"']?\s*:(?!\S)")

    def declares(number: int) -> bool:
        # Another value may have this name, and its lines are not those of a job.
        return key.search(lines[number]) is not None and any(map(_OF_JOB.search, lines[number : _end(lines, number)]))

    return next((number for number in (known, *range(len(lines))) if number < len(lines) and declares(number)), None)


def _end(lines: Sequence[str], begin: int) -> int:
    """Return the index behind the last line that is deeper than the one at `begin`."""
    indent, end = _indent(lines[begin]), begin + 1
    for number in range(begin + 1, len(lines)):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if _indent(line) <= indent:
            break
        end = number + 1
    return end


def _without_key(line: str, key: str) -> str:
    """Return the line with a key written in letters that name nothing, as many as before."""
    return re.sub(rf"(?<![\w.-]){re.escape(key)}(?=[\"']?\s*:)", "x" * len(key), line, count=1)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
