"""Defaults: what a document says for all its jobs, laid below what each job says itself.

Merging works on positioned nodes, so every value keeps the place where it was written. Mappings merge key by key,
lists, scalars and references to secrets replace, and null takes a default away.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from pydantic import BaseModel

from schedrun.core.spec import manifest as spec
from schedrun.core.spec import policy, retries
from schedrun.core.spec import schedule as schedules
from schedrun.core.spec import target as targets
from schedrun.core.spec.job import Job
from schedrun.manifest.node import Node

_Entries: TypeAlias = dict[str, Node]


class Merged(NamedTuple):
    """A mapping that merges key by key: its `keys` (None: any), and those `deeper` mappings that do so, too."""

    keys: frozenset[str] | None
    deeper: "Mapping[str, Merged]" = MappingProxyType({})


def _keys(*models: type[BaseModel]) -> frozenset[str]:
    return frozenset(field.alias or name for model in models for name, field in model.model_fields.items())


_ANY = Merged(None)
_DEEPER: Mapping[str, Merged] = {
    "labels": _ANY,
    "misfire": Merged(_keys(policy.Misfire)),
    "retries": Merged(_keys(retries.Retries), {"when": Merged(_keys(retries.When))}),
}
_SCHEDULES = (schedules.CronSchedule, schedules.IntervalSchedule, schedules.OnceSchedule)
_TARGETS = (targets.CommandTarget, targets.ShellTarget, targets.PythonTarget, targets.HttpTarget)
JOB = Merged(
    _keys(Job),
    {
        **_DEEPER,
        "schedule": Merged(_keys(*_SCHEDULES)),
        "target": Merged(
            _keys(*_TARGETS), {"env": _ANY, "http": Merged(_keys(targets.HttpRequest), {"headers": _ANY})}
        ),
    },
)
"""What of a job merges with defaults; every other value replaces."""
DEFAULTS = Merged(
    _keys(spec.Defaults),
    {
        **_DEEPER,
        "schedule": Merged(_keys(spec.ScheduleDefaults)),
        "target": Merged(_keys(spec.TargetDefaults), {"env": _ANY, "headers": _ANY}),
    },
)
HEADER = Merged(_keys(spec.Header), {"labels": _ANY})

_OF_FUNCTIONS = ("isolation", "memory_limit")
_OF_PROCESSES = ("env", "env_file", "inherit_env", "workdir")


class Defaults:
    """The defaults of one document, ready to be laid below its jobs.

    `labels` and `defaults` are the document's own nodes, None where it says none.
    """

    def __init__(self, *, labels: Node | None, defaults: Node | None) -> None:
        below = _merged({}, {} if labels is None else {"labels": labels}, DEFAULTS)
        # What cannot be a default is a fault of the defaults alone; no job takes it.
        said = _only(spec.Defaults, _entries(defaults))
        schedule = said.get("schedule")
        if schedule is not None and isinstance(schedule.value, dict):
            said["schedule"] = schedule._replace(value=_only(spec.ScheduleDefaults, schedule.value))
        self._below = _merged(below, said, DEFAULTS)
        self._target = _entries(self._below.pop("target", None))
        self._by_kind = {kind: self._for_kind(kind) for kind in targets.TARGET_KINDS}

    @property
    def size(self) -> int:
        """How many values these defaults add to a job at most."""
        return max(map(_size, self._by_kind.values()))

    def below(self, job: Node) -> Node:
        """Return the job with these defaults below it, without the keys that it sets to null."""
        entries = _entries(job)
        kind = next((kind for kind in targets.TARGET_KINDS if kind in _entries(entries.get("target"))), None)
        below = self._below if kind is None else self._by_kind[kind]
        if "schedule" not in entries:
            # A spread alone is no schedule: the job shall miss its own, and not be told what the default lacks.
            below = {key: node for key, node in below.items() if key != "schedule"}
        return job._replace(value=_merged(below, entries, JOB))

    def _for_kind(self, kind: str) -> _Entries:
        match kind:
            case "command" | "shell":
                target = {key: node for key, node in self._target.items() if key in _OF_PROCESSES}
            case "http" if "headers" in self._target:
                headers = self._target["headers"]
                target = {"http": Node({"headers": headers}, headers.place)}
            case _:
                target = {}
        below = self._below
        if kind != "python" and not below.keys().isdisjoint(_OF_FUNCTIONS):
            below = {key: node for key, node in below.items() if key not in _OF_FUNCTIONS}
        if not target:
            return below
        place = next(iter(target.values())).place
        return {**below, "target": Node(target, place)}


def without_nulls(node: Node, shape: Merged) -> Node:
    """Return a part of a document without the keys set to null, wherever null takes a default away.

    A key that nobody knows stays, to be told of as any other.
    """
    return node._replace(value=_merged({}, _entries(node), shape))


def _merged(below: _Entries, above: _Entries, shape: Merged) -> _Entries:
    merged = {key: node for key, node in below.items() if key not in above} if below else {}
    for key, node in above.items():
        value = node.value
        if value is None and (shape.keys is None or key in shape.keys):
            continue
        deeper = shape.deeper.get(key)
        if deeper is not None and isinstance(value, dict):
            merged[key] = node._replace(value=_merged(_entries(below.get(key)), value, deeper))
        else:
            merged[key] = node
    return merged


def _only(model: type[BaseModel], entries: _Entries) -> _Entries:
    return {key: node for key, node in entries.items() if key in model.model_fields}


def _entries(node: Node | None) -> _Entries:
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _size(entries: _Entries) -> int:
    return sum(1 + _size(_entries(node)) for node in entries.values())
