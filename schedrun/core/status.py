"""The closed vocabularies that users meet in answers. Values are lower case and never change meaning."""

from enum import StrEnum


class JobStatus(StrEnum):
    """How a job stands; the first that holds of disabled, paused, running, failed, completed, else pending."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    PAUSED = "paused"
    DISABLED = "disabled"


class TaskStatus(StrEnum):
    """How far a piece of work is, for applications that track tasks beside their jobs."""

    TODO = "todo"
    IN_PROGRESS = "in_progress"
    IN_REVIEW = "in_review"
    DONE = "done"
    CANCELLED = "cancelled"


class TriggerType(StrEnum):
    """What kind of schedule a job has."""

    INTERVAL = "interval"
    CRON = "cron"
    DATE = "date"


class RunStatus(StrEnum):
    """Where a run stands; the last five are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def active(self) -> bool:
        """Whether the run has not ended."""
        return self in _ACTIVE

    @property
    def unsuccessful(self) -> bool:
        """Whether the run ended without doing what it was for (a cancelled one was asked not to)."""
        return self in _UNSUCCESSFUL


_ACTIVE = frozenset({RunStatus.QUEUED, RunStatus.RUNNING})
_UNSUCCESSFUL = frozenset({RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.INTERRUPTED})


class SpanStatus(StrEnum):
    """Why the occurrences of a span never ran."""

    SKIPPED = "skipped"
    MISSED = "missed"
    SUPERSEDED = "superseded"


class RunKind(StrEnum):
    """What asked for a run."""

    SCHEDULED = "scheduled"
    MANUAL = "manual"


class Origin(StrEnum):
    """Who declares a job: a manifest, or the code of the embedding application."""

    MANIFEST = "manifest"
    CODE = "code"
