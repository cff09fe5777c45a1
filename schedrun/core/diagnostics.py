"""Findings about manifests: the one value that every reader, rule and renderer shares."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from schedrun.core.ids import JobKey
from schedrun.core.source import Position


class Severity(StrEnum):
    """How bad a finding is: an error breaks its file, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Edit:
    """A piece of text in place of what stands from the position's first to its last character."""

    position: Position
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: a stable code, where it is, what is wrong, what to write instead.

    `job` is the key of the job it is about. What stands at the position of a `masked` finding must not be shown.
    `edits` mend it without changing what runs, where that can be told: what `--fix` writes.
    """

    code: str
    severity: Severity
    position: Position
    message: str
    hint: str | None = None
    related: Position | None = None
    related_note: str | None = None
    job: JobKey | None = None
    masked: bool = False
    edits: tuple[Edit, ...] = ()

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.position}: {self.severity}[{self.code}] {self.message}{hint}"


class Rule(NamedTuple):
    """What a code stands for: what it finds, why that matters, and a sample of each kind.

    `severity` is that of most of its findings. `bad` is a manifest in which the rule finds something, `good` one that
    it passes; both are whole manifests unless `needs` says in words what else the rule looks at.
    """

    code: str
    severity: Severity
    title: str
    why: str
    bad: str
    good: str
    needs: str | None = None


def in_order(findings: list[Diagnostic]) -> list[Diagnostic]:
    """Return the findings errors first, then by file, line, column and code."""
    return sorted(
        findings,
        key=lambda f: (f.severity is not Severity.ERROR, f.position.file, f.position.line, f.position.column, f.code),
    )
