"""Fixes on disk: what `--fix` writes, and what `--fix --diff` shows of it."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path

import click

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.plan.inspected import Inspected
from schedrun.core.spec import redaction, secret_parts
from schedrun.lint import fix
from schedrun.lint.fix import Fixed
from schedrun.manifest.load import inspect_text
from schedrun.render.counting import counted
from schedrun.render.escape import for_log, for_terminal

_CONTEXT = 3
"""How many lines before and after a change a diff shows."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)")


def fixes(inspected: Inspected, findings: Iterable[Diagnostic]) -> list[Fixed]:
    """Return what the edits of `findings` would change; a file that has changed since it was read is left out."""
    with_edits = [finding for finding in findings if finding.edits]
    names = {edit.position.file for finding in with_edits for edit in finding.edits}
    texts = {}
    for name in sorted(names & inspected.files.keys()):
        text = _text(Path(name))
        if text is not None and _lines(text) == tuple(inspected.files[name].lines):
            texts[name] = text
    return fix.fixed(texts, with_edits, read=inspect_text)


def write(fixed: Sequence[Fixed]) -> None:
    """Write the fixed files, each at once and with its mode; raises click.ClickException when one cannot be."""
    for each in fixed:
        try:
            _replace(Path(each.name).resolve(), before=each.before.encode(), after=each.after.encode())
        except OSError as error:
            message = f"{each.name} cannot be written: {error.strerror}"
            raise click.ClickException(for_terminal(message)) from error


def diff(fixed: Sequence[Fixed]) -> str:
    """Return the changes as a unified diff, which `patch` takes unless it hides something; nothing for none.

    Hidden are secrets, and what a terminal or a CI runner would obey.
    """
    return "".join(_diff(each) for each in fixed)


def summary(fixed: Sequence[Fixed]) -> str:
    """Return in one line what was mended, nothing for nothing."""
    if not fixed:
        return ""
    findings = counted(sum(len(each.findings) for each in fixed), "finding")
    return f"fixed {findings} in {counted(len(fixed), 'file')}"


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def _replace(path: Path, *, before: bytes, after: bytes) -> None:
    """Put `after` in the place of a file that still holds `before`, so that nobody ever sees half of it."""
    if path.read_bytes() != before:
        raise click.ClickException(for_terminal(f"{path} was changed meanwhile: nothing was written to it"))
    status = path.stat()
    beside = path.with_name(f"..{path.name}.{os.getpid()}.fix")  # a name that no tree takes for a manifest
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(after)
            os.fchmod(file.fileno(), status.st_mode & 0o7777)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _diff(fixed: Fixed) -> str:
    name = for_terminal(fixed.name)
    before, after = (_LINE.findall(text) for text in (fixed.before, fixed.after))
    lines = [f"--- a/{name}\n", f"+++ b/{name}\n", *_hunks(before, after)]
    return "".join(_harmless(line) for line in _without_secrets(lines, before=before, after=after))


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield the hunks of a unified diff."""
    if len(before) != len(after):
        from difflib import unified_diff  # noqa: PLC0415  most fixes leave every line where it was

        yield from islice(unified_diff(before, after), 2, None)
        return
    # Nor is it looked for what may have moved: where thousands of lines are alike that takes minutes.
    differs = [one != other for one, other in zip(before, after, strict=True)]
    for first, last in _around(differs):
        yield f"@@ -{first + 1},{last - first} +{first + 1},{last - first} @@\n"
        for is_changed, numbers in groupby(range(first, last), key=differs.__getitem__):
            places = list(numbers)
            yield from (f"{'-' if is_changed else ' '}{before[number]}" for number in places)
            yield from (f"+{after[number]}" for number in places if is_changed)


def _around(differs: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the parts that hold what differs with what stands around it, as first index and the one after the last."""
    parts: list[tuple[int, int]] = []
    for place in (place for place, is_changed in enumerate(differs) if is_changed):
        first, last = max(place - _CONTEXT, 0), min(place + _CONTEXT + 1, len(differs))
        if parts and first <= parts[-1][1]:
            parts[-1] = parts[-1][0], last
        else:
            parts.append((first, last))
    return parts


def _without_secrets(lines: Iterable[str], *, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a diff with secrets masked: `patch` refuses these, and CI logs do not tell them."""
    hidden = {"-": secret_parts.parts(before), "+": secret_parts.parts(after)}
    places = {"-": 0, "+": 0}
    for line in lines:
        if header := _HUNK.match(line):
            places = {"-": int(header[1]), "+": int(header[2])}
        mark = "-" if line.startswith(" ") else line[:1]
        if mark not in places or not places[mark]:
            yield line
            continue
        yield line[0] + redaction.without(line[1:], hidden[mark].get(places[mark], ()))
        for side in "-+" if line.startswith(" ") else mark:
            places[side] += 1


def _harmless(line: str) -> str:
    """Return a line of a diff as `patch` takes it, with what could forge or hide text written out."""
    end = next((each for each in ("\r\n", "\n") if line.endswith(each)), "")
    said = for_log("\t".join(for_terminal(part) for part in line.removesuffix(end).split("\t")))
    return said + (end or "\n\\ No newline at end of file\n")
