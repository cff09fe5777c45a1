"""One job as its manifest says it, after the document's defaults were merged below it."""

from datetime import timedelta
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator

from schedrun.core.spec import coherence
from schedrun.core.spec.base import Spec
from schedrun.core.spec.duration import Duration, PositiveDuration
from schedrun.core.spec.expect import Expectation
from schedrun.core.spec.identity import Name, OldName
from schedrun.core.spec.notify import Channel, Monitor
from schedrun.core.spec.policy import Isolation, Misfire, Overlap, Paused, RemovePolicy
from schedrun.core.spec.retries import Retries
from schedrun.core.spec.schedule import Schedule
from schedrun.core.spec.size import Size
from schedrun.core.spec.target import CodeTarget, Target
from schedrun.core.spec.time_of_day import TimeOfDay
from schedrun.core.spec.zone import ZoneKey


class Job(Spec):
    """A job: when it fires, what it does, and what holds when it is late, busy, paused or removed."""

    # Every command that reads manifests needs it, and with it what it is made of.
    model_config = ConfigDict(defer_build=False)

    schedule: Annotated[Schedule, Field(description="When it fires: exactly one of `cron`, `every`, `at`.")]
    timezone: Annotated[
        ZoneKey | None,
        Field(description="IANA key in which cron and instants without an offset are read; UTC when none is said."),
    ] = None
    target: Annotated[Target, Field(description="What it does: exactly one of `command`, `shell`, `python`, `http`.")]
    description: Annotated[str | None, Field(description="What the job is for.")] = None
    owner: Annotated[str | None, Field(description="Who answers for it.")] = None
    labels: Annotated[dict[str, str], Field(description="Labels of the job, added to those of the document.")] = {}
    timeout: Annotated[PositiveDuration | None, Field(description="How long a run may take before it is stopped.")] = (
        None
    )
    kill_after: Annotated[
        Duration, Field(description="How long a stopped run may take to end before it is killed.")
    ] = timedelta(seconds=10)
    overlap: Annotated[
        Overlap,
        Field(strict=False, description="What happens to a fire that comes while `max_instances` runs are active."),
    ] = Overlap.FORBID
    max_instances: Annotated[int, Field(ge=1, description="How many runs may be active at once.")] = 1
    misfire: Annotated[Misfire, Field(description="How late a fire may be, and which of several late ones run.")] = (
        Misfire.model_construct()
    )
    retries: Annotated[Retries, Field(description="How often an attempt that did not succeed is made again.")] = (
        Retries.model_construct()
    )
    idempotent: Annotated[
        bool,
        Field(
            description="Whether running it again does no harm: then an interrupted attempt is retried whatever"
            " `retries.when` says."
        ),
    ] = False
    group: Annotated[
        Name | None,
        Field(description="The group whose runs, of all its jobs together, `--group NAME=N` limits."),
    ] = None
    isolation: Annotated[
        Isolation,
        Field(
            strict=False, description="Where a Python function runs: inside the service, or in a process of its own."
        ),
    ] = Isolation.INLINE
    memory_limit: Annotated[
        Size | None, Field(description="How much memory the process of a function may take, with `isolation: process`.")
    ] = None
    on_failure: Annotated[
        list[Channel], Field(description="Whom to tell that a run ended without success, after its last attempt.")
    ] = []
    on_recovery: Annotated[
        list[Channel], Field(description="Whom to tell of the first success after a failure that was told.")
    ] = []
    on_missed: Annotated[list[Channel], Field(description="Whom to tell of fires that came too late to run.")] = []
    on_late: Annotated[list[Channel], Field(description="Whom to tell that an expectation on time does not hold.")] = []
    monitor: Annotated[
        Monitor | None, Field(description="The check that is pinged when a run starts, succeeds and fails.")
    ] = None
    must_finish_by: Annotated[
        TimeOfDay | None,
        Field(description="The time of day, in the job's zone, by which its newest fire must have succeeded."),
    ] = None
    must_succeed_within: Annotated[
        PositiveDuration | None, Field(description="How long the job may go without a success before it is late.")
    ] = None
    paused: Annotated[Paused, Field(description="Whether the job is paused, or why and until when.")] = False
    moved_from: Annotated[
        OldName | None,
        Field(description="The id that the job had before, or `set/id`: a rename keeps history and cursor."),
    ] = None
    remove: Annotated[
        RemovePolicy,
        Field(
            strict=False,
            description="What happens when the manifests drop the job: `confirm` holds it until confirmed.",
        ),
    ] = RemovePolicy.DELETE

    expect: Annotated[
        list[Expectation],
        Field(description="What must hold for its fire times: tested by `schedrun validate`, without effect on runs."),
    ] = []

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

    # Built when it is first used: the commands that read manifests never do, and their start-up time counts.
    model_config = ConfigDict(defer_build=True)

    target: CodeTarget  # type: ignore[assignment]  # a code job's target is outside what manifests may say
