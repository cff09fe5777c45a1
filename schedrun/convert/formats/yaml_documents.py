"""YAML of other tools: read with PyYAML's safe loader, with the line of each mapping."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from schedrun.convert.entry import Note, Source
from schedrun.core.source import Position

PLACE = "\0place"
"""The key under which each mapping keeps where it stands; no YAML can write it."""

_DEEPEST = 100
_MOST_BY_ALIASES = 100_000
"""Values that aliases may repeat: far more than files written by hand, and far less than a bomb."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The line of a mapping, and line and column of its values."""

    line: int
    values: dict[Any, tuple[int, int]]


class _Loader(yaml.SafeLoader):
    """Keeps the places of mappings and their values, and texts as they are written where YAML 1.1 would make times."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    made: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    places = {
        loader.construct_object(key): (value.start_mark.line + 1, value.start_mark.column + 1)
        for key, value in node.value
        if isinstance(key, yaml.ScalarNode)
    }
    made[PLACE] = _Place(node.start_mark.line + 1, places)
    return made


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    # JSON writes a letter beyond the first plane as two escapes.
    text = str(loader.construct_scalar(node))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:str", _text)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _TextLoader(_Loader):
    """Takes each scalar as the text that stands there."""


_TextLoader.yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile("<<"))]}


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of one source, up to the first that cannot be read; `fault` says why."""

    values: tuple[Any, ...]
    fault: Note | None = None


class _DepthError(yaml.MarkedYAMLError):
    """Collections stand in collections without end."""


class _AliasError(yaml.MarkedYAMLError):
    """An alias repeats what it stands in, or all of them repeat too much."""


def load(source: Source, *, as_text: bool = False) -> Documents:
    """Return the documents of a source; with `as_text` a number or a yes is the text that stands there."""
    values: list[Any] = []
    loader = _TextLoader if as_text else _Loader
    try:
        _bound(yaml.parse(source.text, Loader=loader))
        values.extend(yaml.load_all(source.text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        return _refused(source, values=values, why=str(error.problem or error), mark=error.problem_mark)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return _refused(source, values=values, why=(str(error) or type(error).__name__).splitlines()[0], mark=None)
    return Documents(tuple(values))


def _bound(events: Iterable[yaml.Event]) -> None:
    """Raise MarkedYAMLError when nesting has no end, or when aliases repeat themselves or more than a file has."""
    sizes: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = []
    repeated = 0
    for event in events:
        size = 0
        anchor: str | None = getattr(event, "anchor", None)
        mark: Any = event.start_mark
        match event:
            case yaml.DocumentStartEvent():
                sizes, opened = {}, []
            case yaml.AliasEvent():
                if any(anchor == name for name, _ in opened):
                    raise _AliasError(problem="an alias stands in what it repeats", problem_mark=mark)
                size = sizes.get(anchor or "", 0)
                repeated += size
                if repeated > _MOST_BY_ALIASES:
                    raise _AliasError(problem="its aliases repeat too much", problem_mark=mark)
            case yaml.CollectionStartEvent():
                # Here already: PyYAML's time for each further level grows with all that are open.
                if len(opened) >= _DEEPEST:
                    raise _DepthError(problem="nested too deeply", problem_mark=mark)
                opened.append((anchor, 1))
            case yaml.CollectionEndEvent():
                anchor, size = opened.pop()
            case yaml.ScalarEvent():
                size = 1
        if size and opened:
            opened[-1] = opened[-1][0], opened[-1][1] + size
        if size and anchor is not None:
            sizes[anchor] = size


def _refused(source: Source, *, values: list[Any], why: str, mark: Any) -> Documents:
    text = f"this is no YAML that can be read: {why}"
    place = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return Documents(tuple(values), Note(text, position=Position(source.name, *place)))


def plain(value: Any) -> Any:
    """Return the value without the places of its mappings."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != PLACE}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def position(source: Source, value: Any, key: object = None) -> Position:
    """Return where a mapping begins, or its value of that key."""
    place = value.get(PLACE) if isinstance(value, dict) else None
    if not isinstance(place, _Place):
        return Position(source.name, 1, 1)
    return Position(source.name, *place.values.get(key, (place.line, 1)))


def mapping(value: Any) -> dict[Any, Any]:
    """Return the value when it is a mapping, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """Return the value when it is a list, an empty one for anything else."""
    return value if isinstance(value, list) else []


def texts(value: Any) -> list[str]:
    """Return a list of words from a list or a single text."""
    if isinstance(value, str):
        return [value]
    return [str(item) for item in items(value)]
