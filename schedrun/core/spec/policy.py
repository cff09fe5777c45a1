"""What to do when a fire comes late, comes too early, or must not come at all."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from schedrun.core.spec.base import Spec
from schedrun.core.spec.duration import Duration
from schedrun.core.spec.instant import InstantText


class Overlap(StrEnum):
    """What happens to a fire that comes while `max_instances` runs of the job are active."""

    FORBID = "forbid"
    QUEUE = "queue"
    REPLACE = "replace"
    ALLOW = "allow"


class CatchUp(StrEnum):
    """Which of the late fires that are within grace still run."""

    NONE = "none"
    LATEST = "latest"
    ALL = "all"


class RemovePolicy(StrEnum):
    """What happens when the manifests no longer hold the job."""

    DELETE = "delete"
    CONFIRM = "confirm"


class Isolation(StrEnum):
    """Where a Python function runs."""

    INLINE = "inline"
    PROCESS = "process"


class Misfire(Spec):
    """How late a fire may be, and which of several late ones run."""

    grace: Annotated[Duration, Field(description="Fires later than this are missed.")] = timedelta(hours=1)
    catch_up: Annotated[
        CatchUp,
        Field(strict=False, description="Which late fires within grace run: none, the latest, or all, oldest first."),
    ] = CatchUp.LATEST
    catch_up_limit: Annotated[int, Field(ge=1, le=10_000, description="How many late fires run at most.")] = 100


class Pause(Spec):
    """A pause that a manifest declares: why, and until when (None: until it is taken away)."""

    reason: Annotated[str | None, Field(description="Why it is paused.")] = None
    until: Annotated[InstantText | None, Field(description="When the pause ends by itself.")] = None


def _pause_kind(value: object) -> str:
    return "reasoned" if isinstance(value, dict | Pause) else "plain"


Paused = Annotated[
    Annotated[bool, Tag("plain")] | Annotated[Pause, Tag("reasoned")],
    Discriminator(_pause_kind),
]
"""Whether a manifest pauses a job: `true`, or a pause that says why and until when."""
