"""Findings about manifests: the one value that every reader, rule and renderer shares."""

from dataclasses import dataclass
from enum import StrEnum

from schedrun.core.source import Position


class Severity(StrEnum):
    """How bad a finding is: an error breaks its file, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a stable code, where it is, what is wrong, what to write instead."""

    code: str
    severity: Severity
    position: Position
    message: str
    hint: str | None = None
    related: Position | None = None
    related_note: str | None = None

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.position}: {self.severity}[{self.code}] {self.message}{hint}"


def in_order(findings: list[Diagnostic]) -> list[Diagnostic]:
    """Return the findings errors first, then by file, line, column and code."""
    return sorted(
        findings,
        key=lambda f: (f.severity is not Severity.ERROR, f.position.file, f.position.line, f.position.column, f.code),
    )
