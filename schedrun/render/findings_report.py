"""What a validation found, as every format takes it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.render.counting import counted


class FailOn(StrEnum):
    """From which severity on a finding makes a validation fail."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


class Checkout(NamedTuple):
    """Where names of files are relative to.

    `folder` is the absolute folder that the names of the findings are relative to, `roots` the absolute folders of
    which the first that holds a file is the top of its repository. All are real or spelled paths with `/` between.
    """

    folder: str
    roots: tuple[str, ...]


NOWHERE = Checkout("/", ())
"""Where no repository is known."""


@dataclass(frozen=True, slots=True)
class Report:
    """Findings in the order to show them, and what they are about.

    `lines` are those of every manifest that was read, by name: no other file is ever shown. `files` and `jobs` count
    what was checked and what is sound, `now` is the aware instant that time-dependent rules went by.
    """

    findings: Sequence[Diagnostic]
    lines: Mapping[str, Sequence[str]]
    files: Sequence[str]
    jobs: int
    now: datetime
    fail_on: FailOn = FailOn.ERROR
    checkout: Checkout = NOWHERE

    @property
    def failed(self) -> bool:
        """Whether anything found is bad enough: what the exit code says."""
        return any(self.fails(finding) for finding in self.findings)

    def fails(self, finding: Diagnostic) -> bool:
        """Return whether this finding alone makes the validation fail."""
        if self.fail_on is FailOn.ERROR:
            return finding.severity is Severity.ERROR
        return self.fail_on is FailOn.WARNING

    def count(self, severity: Severity) -> int:
        """Return how many findings are of this severity."""
        return Counter(finding.severity for finding in self.findings)[severity]

    @property
    def tally(self) -> str:
        """The last line of a text: `2 errors, 1 warning`."""
        return ", ".join(counted(self.count(severity), severity) for severity in Severity)


def explain_command(code: str) -> str:
    """Return the command that tells more of a code."""
    return f"schedrun explain {code}"
