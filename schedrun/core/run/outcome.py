"""What a target reports when it has ended."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one attempt: `error` says why it failed.

    None means that the target succeeded, or that it was told to stop and there is nothing else to say.

    `exit_code` is a process's exit code (negative: the signal that ended it) or an HTTP status; None for a
    Python function, unless it had a process to itself that crashed. `output` is what it printed up to the cap, or
    the repr of what it returned.
    `timed_out` says that the target's own time limit ended it, where the job has none.
    `still_running` is set when work goes on that could not be stopped, and is done when that has ended.
    `exceptions` names the exception that was the end and its base classes: bare for builtins (`OSError`), else with
    their module (`httpx.ConnectError`), and by other names that the retry rule has for them. `retry_after` is how long,
    or until when (aware UTC), a server asked to be left alone. `discard` deletes the file with the output, which the
    ledger has whole: call it once the verdict is durable.
    """

    exit_code: int | None = None
    error: str | None = None
    output: str | None = None
    timed_out: bool = False
    still_running: Awaitable[object] | None = field(default=None, compare=False, repr=False)
    exceptions: tuple[str, ...] = ()
    retry_after: timedelta | datetime | None = None
    discard: Callable[[], None] | None = field(default=None, compare=False, repr=False)
