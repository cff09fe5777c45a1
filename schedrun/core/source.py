"""Where a value was written, and what is said there for linters."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

Step: TypeAlias = str | int
"""A key of a mapping, or a place in a list from 0."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a manifest; lines and columns count from 1, columns in characters, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class SourceMap(Protocol):
    """Where the values of one job (defaults included) or of one document's defaults were written."""

    def value(self, *path: Step) -> Position | None:
        """Return where the value at `path` stands, None when nothing is written there."""

    def key(self, *path: Step) -> Position | None:
        """Return where the key of the value at `path` stands, None when nothing is written there or it has no key."""

    def text(self, *path: Step) -> str | None:
        """Return the scalar at `path` as it was written, quotes included, None when there is none."""


class Suppression(NamedTuple):
    """A comment `schedrun: ignore[CODE, ...] reason`, and the lines (from 1, inclusive) on which it holds.

    `reason` is empty when none is given: then it suppresses nothing, and is itself a finding.
    """

    position: Position
    codes: tuple[str, ...]
    reason: str
    first_line: int
    last_line: int
