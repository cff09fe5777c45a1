"""How many runs may run at once, of all jobs and of each group."""

from collections.abc import Mapping
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
        return self.max_running is not None or (group is not None and group in self.groups)

    def room(self, *, running: int, in_group: int, group: str | None) -> int:
        """Return how many more runs of `group` may start beside those that run: of all, and of the group."""
        rooms = [] if self.max_running is None else [self.max_running - running]
        if group is not None and group in self.groups:
            rooms.append(self.groups[group] - in_group)
        if not rooms:
            raise ValueError(f"runs of group {group!r} are not bounded")
        return max(0, min(rooms))


UNLIMITED = Limits()
"""No bound at all."""
