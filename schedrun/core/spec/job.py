"""One job as its manifest says it, after the document's defaults were merged below it."""

from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator

from schedrun.core.spec import coherence
from schedrun.core.spec.base import Spec
from schedrun.core.spec.duration import Duration
from schedrun.core.spec.identity import OldName
from schedrun.core.spec.policy import Misfire, Overlap, Paused, RemovePolicy
from schedrun.core.spec.schedule import Schedule
from schedrun.core.spec.target import CodeTarget, Target
from schedrun.core.spec.zone import ZoneKey


class Job(Spec):
    """A job: when it fires, what it does, and what holds when it is late, busy, paused or removed."""

    schedule: Schedule
    timezone: ZoneKey | None = None
    target: Target
    description: str | None = None
    owner: str | None = None
    labels: dict[str, str] = {}
    timeout: Duration | None = None
    kill_after: Duration = timedelta(seconds=10)
    overlap: Annotated[Overlap, Field(strict=False)] = Overlap.FORBID
    max_instances: Annotated[int, Field(ge=1)] = 1
    misfire: Misfire = Misfire()
    paused: Paused = False
    moved_from: OldName | None = None
    remove: Annotated[RemovePolicy, Field(strict=False)] = RemovePolicy.DELETE

    @model_validator(mode="wrap")
    @classmethod
    def _coherent(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        faults = coherence.cross_faults(data)
        try:
            job = handler(data)
        except ValidationError as error:
            raise coherence.joined(error, faults) if faults else error from None
        if faults:
            raise coherence.as_error(faults)
        return job

    def to_record(self) -> dict[str, Any]:
        """Return what the job's row keeps: JSON values, model defaults left out, secrets as references."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


class CodeJob(Job):
    """A job that the embedding application declared: its target is a function it registered."""

    target: CodeTarget  # type: ignore[assignment]  # a code job's target is outside what manifests may say
