"""Values that are written once and change many jobs: defaults, labels of a document, anchors."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schedrun.core.ids import JobKey
from schedrun.core.plan.change import Change, FieldChange
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.source import Position, SourceMap


@dataclass(frozen=True, slots=True)
class FanOut:
    """One written value, at `position`, that changes the field `path` of several `jobs` (keys, ascending).

    `gone` says that the value is no longer written: then its position is that of the base.
    """

    path: str
    position: Position
    jobs: tuple[JobKey, ...]
    gone: bool


def of(changes: Iterable[Change], before: Mapping[JobKey, DeclaredJob]) -> tuple[FanOut, ...]:
    """Return what changes two jobs or more, in order of places; `before` are the jobs of the base by their keys.

    Both sides must have been read with the places of their values.
    """
    jobs: dict[tuple[bool, Position, str], list[JobKey]] = defaultdict(list)
    for change in changes:
        for field in change.fields:
            place = _place(change, field, before=before)
            if place is not None:
                jobs[field.after is None, place, field.path].append(change.job)
    found = [
        FanOut(path, place, tuple(sorted(keys)), gone) for (gone, place, path), keys in jobs.items() if len(keys) > 1
    ]
    return tuple(sorted(found, key=lambda one: (one.position.file, one.position.line, one.position.column, one.path)))


def _place(change: Change, field: FieldChange, *, before: Mapping[JobKey, DeclaredJob]) -> Position | None:
    old_key = change.job if change.before is None else change.before.key
    job = before.get(old_key) if field.after is None else change.after
    return None if job is None or job.source is None else value_at(job.source, field.path)


def value_at(source: SourceMap, path: str) -> Position | None:
    """Return where the value at a dotted path was written; names in it may hold dots themselves (`labels.a.b/c`)."""
    names = path.split(".")
    steps: list[str] = []
    position = None
    while names:
        for taken in range(1, len(names) + 1):
            name = ".".join(names[:taken])
            position = source.value(*steps, name)
            if position is not None:
                steps.append(name)
                names = names[taken:]
                break
        else:
            return None
    return position
