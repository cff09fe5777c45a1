"""Where the values of a node were written, for rules that must not know of nodes."""

from schedrun.core.source import Position, Step
from schedrun.manifest.node import Node, Source


class Places:
    """A `SourceMap` of one node: a job with its defaults below it, or the defaults of a document."""

    def __init__(self, source: Source, node: Node) -> None:
        self._source, self._node = source, node

    def value(self, *path: Step) -> Position | None:
        """Return where the value stands; see `SourceMap.value`."""
        node = self._at(path)
        return None if node is None else self._source.of_node(node)

    def key(self, *path: Step) -> Position | None:
        """Return where the key stands; see `SourceMap.key`."""
        node = self._at(path)
        return None if node is None or node.key is None else self._source.of_place(node.key)

    def text(self, *path: Step) -> str | None:
        """Return how the scalar was written; see `SourceMap.text`."""
        node = self._at(path)
        return None if node is None or isinstance(node.value, dict | list) else self._source.text_of(node)

    def _at(self, path: tuple[Step, ...]) -> Node | None:
        node: Node | None = self._node
        for step in path:
            if node is None:
                return None
            match node.value, step:
                case dict() as entries, str() as key:
                    node = entries.get(key)
                case list() as items, int() as place:
                    node = items[place] if 0 <= place < len(items) else None
                case _:
                    return None
        return node
