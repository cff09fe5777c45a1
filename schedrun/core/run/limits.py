"""How many runs may run at once, of all jobs and of each group."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """`max_running` bounds all runs together, `groups` those of the jobs that name a group; None and absent: no bound.

    A run that an overlap policy admits and that finds no room waits in `queued`.
    """

    max_running: int | None = None
    groups: Mapping[str, int] = field(default_factory=dict)

    def bound(self, group: str | None) -> bool:
        """Whether runs of jobs in `group` (None: in none) are bounded at all."""
        return self.max_running is not None or group in self.groups


UNLIMITED = Limits()
"""No bound at all."""


class Room:
    """How much room the limits leave, throughout one unit of work.

    What runs is asked of the ledger once, with `running(group)` (None: of all jobs), and only where it is bounded;
    what starts and ends afterwards is to be told here.
    """

    __slots__ = ("_known", "_limits", "_running")

    def __init__(self, limits: Limits, running: Callable[[str | None], int]) -> None:
        self._limits, self._running = limits, running
        self._known: dict[str | None, int] = {}

    def is_left(self, group: str | None) -> bool:
        """Whether one more run of a job in `group` (None: in none) may start."""
        limits = self._limits
        if limits.max_running is not None and self._count(None) >= limits.max_running:
            return False
        return group is None or group not in limits.groups or self._count(group) < limits.groups[group]

    def started(self, group: str | None) -> None:
        """Count a run that has started."""
        self._change(group, 1)

    def ended(self, group: str | None) -> None:
        """Count a run that has ended."""
        self._change(group, -1)

    def _count(self, group: str | None) -> int:
        known = self._known.get(group)
        if known is None:
            known = self._known[group] = self._running(group)
        return known

    def _change(self, group: str | None, by: int) -> None:
        for each in self._known:
            if each is None or each == group:
                self._known[each] += by
