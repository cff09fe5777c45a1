"""What a rule says of one job, before its place is looked up: places cost time, and most jobs have no finding."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from schedrun.core.diagnostics import Diagnostic, Edit, Severity
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.source import Position, Step

Path: TypeAlias = tuple[Step, ...]


class Found(NamedTuple):
    """A finding at the value at `path` of a job; without a path at the job's id, where something is missing.

    `rewrite` is a text that stands in the value and the one to write in its place, which changes no run.
    """

    code: str
    message: str
    hint: str
    path: Path | None = None
    severity: Severity = Severity.WARNING
    masked: bool = False
    rewrite: tuple[str, str] | None = None


def placed(found: Found, job: DeclaredJob) -> Diagnostic:
    """Return the diagnostic of what was found in `job`."""
    position = job.position
    edits: tuple[Edit, ...] = ()
    if found.path is not None and job.source is not None:
        position = job.source.value(*found.path) or job.position
        edits = _edits(found, job, position=position)
    return Diagnostic(
        found.code,
        found.severity,
        position,
        found.message,
        found.hint,
        job=job.key,
        masked=found.masked,
        edits=edits,
    )


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every scalar within plain lists and mappings, with its path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from leaves(item, (*path, place))
    else:
        yield path, value


def _edits(found: Found, job: DeclaredJob, *, position: Position) -> tuple[Edit, ...]:
    """Return the edit that rewrites the value, none where it is not written on one line as it is."""
    if found.rewrite is None or found.path is None or job.source is None or position.line != position.end_line:
        return ()
    old, new = found.rewrite
    written = job.source.text(*found.path)
    if written is None or written.count(old) != 1:
        return ()
    return (Edit(position, written.replace(old, new)),)
