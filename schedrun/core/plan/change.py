"""The plan's values: one change a job, to get from what is recorded to what the manifests want."""

from dataclasses import dataclass
from enum import StrEnum

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.ids import JobKey
from schedrun.core.plan.desired import DeclaredJob
from schedrun.core.run.recorded import Override, RecordedJob
from schedrun.core.source import Position


class Action(StrEnum):
    """What happens to a job; of several that apply, the first in this order names the change."""

    CREATE = "create"
    REMOVE = "remove"
    MOVE = "move"
    UPDATE = "update"
    PAUSE = "pause"
    RESUME = "resume"
    NOOP = "noop"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs: a dotted path such as `schedule.cron`, and its values as manifests write them.

    A value that is not said is None. Values that must never appear (environment, headers, body, userinfo and
    query of a URL) are replaced by `(value hidden)`.
    """

    path: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Change:
    """All that apply may read of one job's change.

    `before` is the row as the plan saw it (None: first sight), `after` what the manifests declare (None: it
    is to be removed). `blocked` says why the guard holds the change back; a blocked change is not applied.
    `uid` is the row's, or at first sight the one that was given to the plan. `revives` says that `before` is
    a tombstone that comes back, `schedule_changed` that other instants may come due than before.
    """

    action: Action
    job: JobKey
    uid: str
    reason: str
    before: RecordedJob | None
    after: DeclaredJob | None
    fields: tuple[FieldChange, ...] = ()
    blocked: str | None = None
    revives: bool = False
    schedule_changed: bool = False

    @property
    def leaves_row(self) -> bool:
        """Whether the recorded row stays exactly as the plan saw it, its position and its `held` included."""
        if self.blocked is not None:
            return self.action is not Action.REMOVE or (self.before is not None and self.before.held == self.blocked)
        if self.action is not Action.NOOP or self.before is None or self.after is None:
            return False
        return self.before.held is None and stands_at(self.before, self.after.position)


def stands_at(row: RecordedJob, position: Position) -> bool:
    """Return whether the row names that file and line."""
    return row.line == position.line and row.file == position.file


@dataclass(frozen=True, slots=True)
class Plan:
    """Every change, one a job, ordered by key; complete by itself: apply looks at nothing else.

    `findings` are the errors of the broken files, `overrides` the pauses that people laid over jobs and that
    still hold, by the key the job has once the plan is applied. Code jobs are counted and nothing else.
    """

    changes: tuple[Change, ...]
    revision: str
    findings: tuple[Diagnostic, ...] = ()
    overrides: tuple[tuple[JobKey, Override], ...] = ()
    code_jobs: int = 0

    @property
    def effective(self) -> tuple[Change, ...]:
        """The changes that are not noop, the blocked ones included."""
        return tuple(change for change in self.changes if change.action is not Action.NOOP)

    @property
    def blocked(self) -> tuple[Change, ...]:
        """The changes that the guard holds back."""
        return tuple(change for change in self.changes if change.blocked is not None)

    @property
    def removals(self) -> tuple[Change, ...]:
        """The removals, the blocked ones included: what `--allow-remove` counts."""
        return tuple(change for change in self.changes if change.action is Action.REMOVE)

    def count(self, action: Action) -> int:
        """Return how many changes have this action, the blocked ones included."""
        return sum(change.action is action for change in self.changes)
