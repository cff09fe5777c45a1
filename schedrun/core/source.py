"""Where a value was written."""

from dataclasses import dataclass


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
