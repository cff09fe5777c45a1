"""SR108: defaults that no job of their document takes."""

from collections.abc import Iterator, Mapping
from typing import Any

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.plan.inspected import InspectedDocument
from schedrun.core.source import Step
from schedrun.core.spec.target import TARGET_KINDS

_DEEP = frozenset({("schedule",), ("labels",), ("misfire",), ("retries",), ("retries", "when"), ("target",)})
_DEEP_OF_TARGETS = frozenset({("target", "env"), ("target", "headers")})
_OF_FUNCTIONS = frozenset({"isolation", "memory_limit"})

_Keys = tuple[str, ...]


def check(document: InspectedDocument) -> Iterator[Diagnostic]:
    """Yield a finding for each default that every job overrides or has no use for; none where there are no jobs."""
    source, jobs = document.source, document.own.values()
    # A job that is no mapping is broken: whether it takes a default is not known yet.
    if source is None or not jobs or len(document.own) < len(document.ids):
        return
    for path in _paths(document.defaults):
        position = source.key(*path)
        if position is not None and not any(_takes(job, path) for job in jobs):
            message = f"no job takes the default `{'.'.join(path)}`"
            hint = "take it away: every job says its own, or is of a kind that has none"
            yield Diagnostic("SR108", Severity.WARNING, position, message, hint)


def _paths(defaults: Mapping[str, Any], above: _Keys = ()) -> Iterator[_Keys]:
    for key, value in defaults.items():
        path = (*above, key)
        if isinstance(value, dict) and path in _DEEP | _DEEP_OF_TARGETS:
            yield from _paths(value, path)
        elif value is not None:
            yield path


def _takes(job: Mapping[str, Any], path: _Keys) -> bool:
    kind = _kind(job)
    if path[0] in _OF_FUNCTIONS and kind not in {"python", ""}:
        return False
    if path[0] == "target":
        if kind == "python" or (kind == "http") != (path[1] == "headers"):
            return kind == ""
        if kind == "http":
            path = ("target", "http", *path[1:])
    return not _says(job, path)


def _says(job: Any, path: tuple[Step, ...]) -> bool:
    """Return whether the job says the value itself, or something in whose place it would stand."""
    for step in path:
        if not isinstance(job, Mapping):
            return True
        if step not in job:
            return False
        job = job[step]
    return True


def _kind(job: Mapping[str, Any]) -> str:
    target = job.get("target")
    said = target if isinstance(target, dict) else {}
    return next((kind for kind in TARGET_KINDS if kind in said), "")
