"""How two specs of one job differ, field by field, with the values that may be shown."""

import json
from collections.abc import Iterator, Mapping

from schedrun.core.plan.change import FieldChange
from schedrun.core.spec.job import Job
from schedrun.core.spec.private_parts import ADDRESSES
from schedrun.core.spec.private_values import HIDDEN, without_credentials
from schedrun.core.spec.target import HttpTarget, PythonTarget

_HIDDEN_MAPPINGS = (("target", "env"), ("target", "http", "headers"))
_HIDDEN_LEAVES = (("target", "http", "body"), ("target", "http", "json"), *((name,) for name in ADDRESSES))
_URL = ("target", "http", "url")
_WHOLE_LEAVES = (("paused",), _URL, *_HIDDEN_LEAVES)

_Path = tuple[str, ...]


def same(before: Job, after: Job) -> bool:
    """Return whether the two say the same; `1`, `1.0` and `true` are different things to say."""
    if before is after or (before == after and _free_values(before) == _free_values(after)):
        return True
    return not differences(before, after)


def differences(before: Job, after: Job) -> tuple[FieldChange, ...]:
    """Return the fields that differ, ordered by path, their values as manifests write them.

    A model default that is not written counts as absent, so an upgrade that adds a field shows nothing.
    """
    old, new = dict(_leaves(before.to_record())), dict(_leaves(after.to_record()))
    return tuple(
        FieldChange(".".join(path), _shown(path, old.get(path)), _shown(path, new.get(path)))
        for path in sorted(old.keys() | new.keys())
        if _text(old, path) != _text(new, path)
    )


def schedule_differs(before: Job, after: Job) -> bool:
    """Return whether other instants may come due: anything of the schedule or the time zone differs."""
    return before.schedule != after.schedule or (before.timezone or "UTC") != (after.timezone or "UTC")


def _free_values(job: Job) -> str:
    """Spell out the values that `==` compares too loosely: it takes `1` for `true`."""
    match job.target:
        case PythonTarget(args=args, kwargs=kwargs):
            return repr((args, kwargs))
        case HttpTarget(http=request):
            return repr(request.json_body)
        case _:
            return ""


def _leaves(value: Mapping[str, object], path: _Path = ()) -> Iterator[tuple[_Path, object]]:
    for name, child in value.items():
        here = (*path, name)
        if isinstance(child, Mapping) and child and here not in _WHOLE_LEAVES and path not in _HIDDEN_MAPPINGS:
            yield from _leaves(child, here)
        else:
            yield here, child


def _text(leaves: Mapping[_Path, object], path: _Path) -> str | None:
    return json.dumps(leaves[path], sort_keys=True) if path in leaves else None


def _shown(path: _Path, value: object) -> object:
    if value is None:
        return None
    if path in _HIDDEN_LEAVES or path[:-1] in _HIDDEN_MAPPINGS:
        return HIDDEN
    if path == _URL and isinstance(value, str):
        return without_credentials(value)
    return value
