"""The recorded state: what the store keeps of jobs, overrides, synchronisation and sessions."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from schedrun.core.diagnostics import Diagnostic
from schedrun.core.spec.job import Job
from schedrun.core.status import Origin


@dataclass(frozen=True, slots=True)
class Override:
    """A pause that a person laid over a job: why, by whom, since and until when (None: until resumed)."""

    reason: str | None
    by: str
    since: datetime
    until: datetime | None = None


class RecordedJob(NamedTuple):
    """A job's row.

    `cursor` is a nominal instant: every fire time at or before it has its verdict. `covered_until` is set while
    the clock is behind an earlier cursor and runs lie ahead of it: up to it, some instants have a verdict already.
    `held` says why the removal guard keeps a job that the manifests no longer hold; `removed_at` makes the row a
    tombstone. `revision` is that of the change that last touched the spec.
    """

    uid: str
    key: str
    origin: Origin
    spec: Job
    cursor: datetime
    file: str | None = None
    line: int | None = None
    revision: str | None = None
    covered_until: datetime | None = None
    override: Override | None = None
    held: str | None = None
    removed_at: datetime | None = None

    def at_cursor(self, cursor: datetime) -> "RecordedJob":
        """Return the row with another cursor."""
        # Spelt out because every fire moves a cursor, and `_replace` costs half as much again.
        return RecordedJob(
            self.uid,
            self.key,
            self.origin,
            self.spec,
            cursor,
            self.file,
            self.line,
            self.revision,
            self.covered_until,
            self.override,
            self.held,
            self.removed_at,
        )


@dataclass(frozen=True, slots=True)
class BlockedRemoval:
    """A removal that the guard holds back, and why."""

    job: str
    reason: str


@dataclass(frozen=True, slots=True)
class SyncRecord:
    """What the last reconcile attempted and applied."""

    paths: tuple[str, ...]
    revision_attempted: str
    revision_applied: str | None
    at: datetime
    broken: tuple[Diagnostic, ...] = ()
    blocked: tuple[BlockedRemoval, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """A process that was active on the state: `ended_at` stays None when it was killed."""

    id: str
    pid: int
    started_at: datetime
    alive_at: datetime
    ended_at: datetime | None = None

    @property
    def last_seen(self) -> datetime:
        """When it ended or, of one that goes on or was killed, when it last said that it is alive."""
        return self.alive_at if self.ended_at is None else self.ended_at


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the service itself, such as `clock_stepped`."""

    at: datetime
    name: str
    facts: dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Request:
    """What another process asks of the active one."""

    id: str
    verb: str
    arguments: dict[str, object]
    by: str
    at: datetime
    result: dict[str, object] | None = None
    done_at: datetime | None = None
