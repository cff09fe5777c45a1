"""What a target reports when it has ended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one attempt: `error` is None exactly when the target succeeded.

    `exit_code` is a process's exit code (negative: the signal that ended it) or an HTTP status; None for a
    Python function. `output` is what it printed up to the cap, or the repr of what it returned.
    """

    exit_code: int | None = None
    error: str | None = None
    output: str | None = None
