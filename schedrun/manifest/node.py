"""Positioned nodes: a document's values, each with the place where it was written."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeAlias

from schedrun.core.source import Position

Scalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = "Scalar | list[Node] | dict[str, Node]"


class Mark(Protocol):
    """A point in a text; line and column count from 0, columns in characters."""

    @property
    def line(self) -> int:
        """The line, from 0."""

    @property
    def column(self) -> int:
        """The column, from 0, in characters."""


class Extent(Protocol):
    """Where something stands, as the parser saw it."""

    @property
    def start_mark(self) -> Mark:
        """Its first character."""

    @property
    def end_mark(self) -> Mark:
        """The character after its last."""


class Node(NamedTuple):
    """A value, where it stands, where its key stands (in a mapping), and the alias it was reached through."""

    value: Value
    place: Extent
    key: Extent | None = None
    alias: Extent | None = None


class Source:
    """One file's name and text; turns places into positions that lie inside it."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text

    @cached_property
    def lines(self) -> Sequence[str]:
        """The lines without their ends, at least one."""
        return self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def of_node(self, node: Node) -> Position:
        """Return where the node's value stands; a mapping or list is named by its first character."""
        if isinstance(node.value, dict | list):
            return self.at(node.place.start_mark)
        return self.of_place(node.place)

    def of_place(self, place: Extent) -> Position:
        """Return the position from the place's first to its last character."""
        return self.at(place.start_mark, place.end_mark)

    def text_of(self, node: Node) -> str:
        """Return how a scalar of one line was written; what a longer one has on its first line."""
        start, end = node.place.start_mark, node.place.end_mark
        line = self.lines[start.line] if start.line < len(self.lines) else ""
        return line[start.column : end.column if end.line == start.line else None]

    def at(self, start: Mark, end: Mark | None = None) -> Position:
        """Return the position of two marks; what lies past the end of the text is drawn back to its last character."""
        line, column = self._inside(start)
        if end is None:
            return Position(self.file, line, column)
        return Position(self.file, line, column, *self._inside(end))

    def _inside(self, mark: Mark) -> tuple[int, int]:
        last = len(self.lines) - 1
        if last and not self.lines[last]:
            last -= 1  # what follows the final line end is no line of its own
        if mark.line > last:
            return last + 1, len(self.lines[last]) + 1
        return mark.line + 1, min(mark.column, len(self.lines[mark.line])) + 1


class Document(NamedTuple):
    """One document of a file."""

    source: Source
    root: Node


def plain(value: Value) -> Any:
    """Return the value without places: what `yaml.safe_load` gives for text that all YAML versions read alike."""
    if isinstance(value, dict):
        return {key: plain(node.value) for key, node in value.items()}
    if isinstance(value, list):
        return [plain(node.value) for node in value]
    return value
