"""Which jobs have runs that wait for room among all runs or those of their group."""

from collections.abc import Sequence


class HeldBack:
    """Jobs by group (None: in none), the one that has waited longest first.

    A hint, never the truth: the ledger says what is queued. What is forgotten here, because a unit was undone, is
    found by the next resync.
    """

    def __init__(self) -> None:
        self._jobs: dict[str | None, dict[str, None]] = {}

    def put(self, group: str | None, uid: str) -> None:
        """Remember that the job has a run that found no room; no-op when it is known."""
        self._jobs.setdefault(group, {})[uid] = None

    def drop(self, group: str | None, uid: str) -> None:
        """Forget the job: nothing of it waits any more."""
        jobs = self._jobs.get(group, {})
        jobs.pop(uid, None)
        if not jobs:
            self._jobs.pop(group, None)

    def groups(self, only: str | None) -> Sequence[str | None]:
        """Return the groups of which jobs wait: all of them, or only the one that is named."""
        return tuple(self._jobs) if only is None else (only,)

    def jobs(self, group: str | None) -> Sequence[str]:
        """Return the jobs of the group that wait, the one that has waited longest first."""
        return tuple(self._jobs.get(group, ()))
