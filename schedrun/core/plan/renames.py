"""Jobs that look renamed: one goes, one comes, and both do the same."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from schedrun.core.plan.change import Action, Change
from schedrun.core.spec.job import Job


@dataclass(frozen=True, slots=True)
class Suspect:
    """A removal and a creation that look like one job with a new name."""

    removal: Change
    creation: Change


def suspects(changes: Iterable[Change]) -> list[Suspect]:
    """Return the likely renames, ordered by the new key; each change is part of one at most.

    Jobs are alike when target, schedule and time zone agree. Of those that are left, one that goes and one that comes
    are alike when they are the only ones with their target.
    """
    known = list(changes)
    going = {change.job: change for change in known if change.action is Action.REMOVE}
    coming = {change.job: change for change in known if change.action is Action.CREATE}
    found = [*_matches(going, coming, likeness=_all_of_it), *_matches(going, coming, likeness=_target, alone=True)]
    return sorted(found, key=lambda suspect: suspect.creation.job)


def _matches(
    going: dict[str, Change], coming: dict[str, Change], *, likeness: Callable[[Job], str], alone: bool = False
) -> Iterator[Suspect]:
    """Yield the pairs that are alike, in order of their keys, and take them out of both."""
    old, new = _groups(going, likeness), _groups(coming, likeness)
    for looks, removals in old.items():
        creations = new.get(looks, ())
        if alone and not len(removals) == len(creations) == 1:
            continue
        for removal, creation in zip(removals, creations, strict=False):
            del going[removal.job], coming[creation.job]
            yield Suspect(removal, creation)


def _groups(changes: dict[str, Change], likeness: Callable[[Job], str]) -> dict[str, Sequence[Change]]:
    groups: dict[str, list[Change]] = defaultdict(list)
    for key in sorted(changes):
        groups[likeness(_spec(changes[key]))].append(changes[key])
    return dict(groups)


def _spec(change: Change) -> Job:
    side = change.before if change.after is None else change.after
    assert side is not None
    return side.spec


def _all_of_it(job: Job) -> str:
    said = job.to_record()
    return json.dumps([said["target"], said["schedule"], said.get("timezone")], sort_keys=True)


def _target(job: Job) -> str:
    return json.dumps(job.to_record()["target"], sort_keys=True)
