"""Lines of manifests for people who may only look: those of a job, and those that findings are about.

Files are named by the ledger alone, never by a request. What is private or looks like a secret is masked. Everything
here reads files and blocks: call it off the event loop.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.spec import private_parts, redaction
from schedrun.manifest import encoding
from schedrun.manifest.node import Source
from schedrun.manifest.tree import MAX_BYTES, FolderTree, TreeFile
from schedrun.render import frame_text
from schedrun.render.escape import for_terminal
from schedrun.render.hidden_parts import HiddenParts, as_counted

_MOST_LINES = 1_000
"""How many lines of one job are shown."""


def frames(findings: Sequence[Diagnostic]) -> list[str | None]:
    """Return for each finding its line as the file holds it now, with marks; None where there is no such line."""
    lines = {file: _lines(file) for file in {finding.position.file for finding in findings}}
    hidden = HiddenParts(findings, lines, parts=private_parts.parts)
    return [_frame(finding, lines[finding.position.file], hidden) for finding in findings]


def of_job(job: RecordedJob) -> str | None:
    """Return the lines of a manifest that declare the job, masked; None for a code job, or when they are not there."""
    if job.file is None or job.line is None:
        return None
    lines = _lines(job.file)
    job_id = job.key.rpartition("/")[2]
    begin = _line_of(job_id, lines, job.line - 1)
    if begin is None:
        return None
    end = min(_end(lines, begin), begin + _MOST_LINES)
    # A job that is called `env` hides nothing by its name.
    spared = [*lines[:begin], _without_key(lines[begin], job_id), *lines[begin + 1 :]]
    parts = private_parts.parts(spared)
    shown = (redaction.without(lines[number], parts.get(number + 1, ())) for number in range(begin, end))
    return "\n".join("\t".join(for_terminal(part) for part in line.split("\t")) for line in shown)


def _lines(file: str) -> Sequence[str]:
    """Return a manifest's lines; none when it is no file that can be read now."""
    try:
        data = FolderTree([]).read(TreeFile(file, Path(file), ()))
    except (OSError, ValueError):
        return ()
    text, _ = encoding.decode(data, file=file) if len(data) <= MAX_BYTES else (None, ())
    return () if text is None else Source(file, text).lines


def _frame(finding: Diagnostic, lines: Sequence[str], hidden: HiddenParts) -> str | None:
    position = finding.position
    if not 1 <= position.line <= len(lines):
        return None
    line = as_counted(lines, position.line)
    return frame_text.text(line, position, masked=hidden.within(line, position))


def _line_of(job_id: str, lines: Sequence[str], known: int) -> int | None:
    """Return the index of the line on which the job's id stands: where it was last seen, else the first such line."""
    key = re.compile(rf"^\s*[\"']?{re.escape(job_id)}[\"']?\s*:|[{{,]\s*[\"']?{re.escape(job_id)}[\"']?\s*:")
    if known < len(lines) and key.search(lines[known]):
        return known
    return next((number for number, line in enumerate(lines) if key.search(line)), None)


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
