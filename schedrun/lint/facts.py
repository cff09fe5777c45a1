"""What the rules of one check share: settings, the moment, and what is worked out once for each distinct schedule."""

from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from schedrun.core.spec.job import Job
from schedrun.lint.settings import LintSettings

Result = TypeVar("Result")

_LATEST = datetime(9990, 1, 1, tzinfo=UTC)
"""Rules look some years ahead, and the calendar ends."""


class Facts:
    """The settings, `now` (an aware instant), and a memory of what was asked before; for one check."""

    def __init__(self, settings: LintSettings, now: datetime) -> None:
        self.settings, self.now = settings, min(now, _LATEST)
        self._known: dict[tuple[Callable[..., Any], Hashable], Any] = {}

    def once(self, work: Callable[..., Result], *arguments: Hashable) -> Result:
        """Return `work(*arguments)`, done once for the same function and arguments."""
        key = (work, arguments)
        if key not in self._known:
            self._known[key] = work(*arguments)
        return cast("Result", self._known[key])


def is_paused(job: Job) -> bool:
    """Return whether the manifest pauses the job, for however long."""
    return job.paused is not False
