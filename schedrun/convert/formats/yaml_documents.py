"""YAML of other tools: read with PyYAML's safe loader, with the line of each mapping."""

from dataclasses import dataclass
from typing import Any

import yaml

from schedrun.convert.entry import Note, Source
from schedrun.core.source import Position

LINE = "\0line"
"""The key under which each mapping keeps its line; no YAML can write it."""

_DEEPEST = 100


class _Loader(yaml.SafeLoader):
    """Keeps the line of mappings, and texts as they are written where YAML 1.1 would make times of them."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose one node; raises MarkedYAMLError when nesting has no end."""
        self.depth = getattr(self, "depth", 0) + 1
        try:
            if self.depth > _DEEPEST:
                raise yaml.composer.ComposerError(None, None, "nested too deeply", self.get_mark())
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    made: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    made[LINE] = node.start_mark.line + 1
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


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of one source, up to the first that cannot be read; `fault` says why."""

    values: tuple[Any, ...]
    fault: Note | None = None


def load(source: Source) -> Documents:
    """Return the documents of a source; aliases are refused, since they can grow without bound."""
    values: list[Any] = []
    try:
        for event in yaml.parse(source.text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                return _refused(source, values, "aliases are not read", event.start_mark)
        values.extend(yaml.load_all(source.text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        return _refused(source, values, str(error.problem or error), error.problem_mark)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return _refused(source, values, (str(error) or type(error).__name__).splitlines()[0], None)
    return Documents(tuple(values))


def _refused(source: Source, values: list[Any], why: str, mark: Any) -> Documents:
    text = f"this is no YAML that can be read: {why}"
    place = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return Documents(tuple(values), Note(text, position=Position(source.name, *place)))


def plain(value: Any) -> Any:
    """Return the value without the lines of its mappings."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key != LINE}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def position(source: Source, value: Any) -> Position:
    """Return where a mapping begins."""
    return Position(source.name, value.get(LINE, 1) if isinstance(value, dict) else 1, 1)


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
