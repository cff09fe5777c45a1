"""The effective pause: what the manifest says, or an override that a person laid over it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from schedrun.core.run.recorded import RecordedJob
from schedrun.core.spec import instant
from schedrun.core.spec.policy import Pause

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class EffectivePause:
    """A pause, in words and until when (aware UTC; None: until it is taken away)."""

    reason: str
    until: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether it still holds at `now`."""
        return self.until is None or self.until > now


def declared(job: RecordedJob) -> EffectivePause | None:
    """Return the pause that the job's own spec declares, expired or not."""
    match job.spec.paused:
        case True:
            return EffectivePause("paused by its manifest", None)
        case Pause(reason=reason, until=until):
            words = f"paused by its manifest: {reason}" if reason else "paused by its manifest"
            return EffectivePause(words, None if until is None else instant.resolve(until, job.spec.timezone))
        case _:
            return None


def overriding(job: RecordedJob) -> EffectivePause | None:
    """Return the pause that a person laid over the job, expired or not."""
    if job.override is None:
        return None
    by, reason = job.override.by, job.override.reason
    return EffectivePause(f"paused by {by}: {reason}" if reason else f"paused by {by}", job.override.until)


def of(job: RecordedJob) -> tuple[EffectivePause, ...]:
    """Return every pause of the job, expired ones included."""
    if job.spec.paused is False and job.override is None:
        return ()
    return tuple(pause for pause in (overriding(job), declared(job)) if pause is not None)


def holding(job: RecordedJob, now: datetime) -> EffectivePause | None:
    """Return the pause that holds the job longest at `now`, None when it is not paused."""
    return longest(tuple(pause for pause in of(job) if pause.holds(now)))


def longest(pauses: tuple[EffectivePause, ...]) -> EffectivePause | None:
    """Return the pause that ends last, one without an end before any other; None when there is none."""
    return max(pauses, key=lambda pause: (pause.until is None, pause.until or _NEVER), default=None)
