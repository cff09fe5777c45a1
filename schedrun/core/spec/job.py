"""One job as its manifest says it, after the document's defaults were merged below it."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from schedrun.core.spec.base import Spec
from schedrun.core.spec.duration import Duration
from schedrun.core.spec.policy import Misfire, Overlap, Pause, RemovePolicy
from schedrun.core.spec.schedule import Schedule
from schedrun.core.spec.target import CodeTarget, Target


class Job(Spec):
    """A job: when it fires, what it does, and what holds when it is late, busy, paused or removed."""

    schedule: Schedule
    timezone: str | None = None
    target: Target
    description: str | None = None
    owner: str | None = None
    labels: dict[str, str] = {}
    timeout: Duration | None = None
    kill_after: Duration = timedelta(seconds=10)
    overlap: Annotated[Overlap, Field(strict=False)] = Overlap.FORBID
    max_instances: Annotated[int, Field(ge=1)] = 1
    misfire: Misfire = Misfire()
    paused: bool | Pause = False
    moved_from: str | None = None
    remove: Annotated[RemovePolicy, Field(strict=False)] = RemovePolicy.DELETE

    def to_record(self) -> dict[str, Any]:
        """Return what the job's row keeps: JSON values, model defaults left out, secrets as references."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


class CodeJob(Job):
    """A job that the embedding application declared: its target is a function it registered."""

    target: CodeTarget  # type: ignore[assignment]  # a code job's target is outside what manifests may say
