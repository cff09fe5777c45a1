"""One document of a manifest: the set's name, what holds for all its jobs, and the jobs."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from schedrun.core.spec.base import Spec
from schedrun.core.spec.duration import Duration, PositiveDuration
from schedrun.core.spec.header import HeaderName
from schedrun.core.spec.identity import Name
from schedrun.core.spec.job import Job
from schedrun.core.spec.notify import Channel, Monitor
from schedrun.core.spec.policy import Isolation, Misfire, Overlap, RemovePolicy
from schedrun.core.spec.process_text import EnvName, ProcessText
from schedrun.core.spec.retries import Retries
from schedrun.core.spec.size import Size
from schedrun.core.spec.target import EnvValue, HeaderValue
from schedrun.core.spec.time_of_day import TimeOfDay
from schedrun.core.spec.zone import ZoneKey


class ScheduleDefaults(Spec):
    """What a schedule takes from the defaults."""

    spread: Duration | None = None


class TargetDefaults(Spec):
    """What targets take from the defaults: processes all but `headers`, requests only `headers`."""

    env: dict[EnvName, EnvValue] = {}
    env_file: ProcessText | None = None
    inherit_env: bool = True
    workdir: ProcessText | None = None
    headers: dict[HeaderName, HeaderValue] = {}


class Defaults(Spec):
    """What holds for every job of the document that does not say otherwise itself."""

    schedule: ScheduleDefaults = ScheduleDefaults.model_construct()
    timezone: ZoneKey | None = None
    target: TargetDefaults = TargetDefaults.model_construct()
    owner: str | None = None
    labels: dict[str, str] = {}
    timeout: PositiveDuration | None = None
    kill_after: Duration | None = None
    overlap: Annotated[Overlap | None, Field(strict=False)] = None
    max_instances: Annotated[int, Field(ge=1)] | None = None
    misfire: Misfire = Misfire.model_construct()
    retries: Retries = Retries.model_construct()
    idempotent: bool | None = None
    group: Name | None = None
    isolation: Annotated[Isolation | None, Field(strict=False)] = None
    memory_limit: Size | None = None
    on_failure: list[Channel] | None = None
    on_recovery: list[Channel] | None = None
    on_missed: list[Channel] | None = None
    on_late: list[Channel] | None = None
    monitor: Monitor | None = None
    must_finish_by: TimeOfDay | None = None
    must_succeed_within: PositiveDuration | None = None
    remove: Annotated[RemovePolicy | None, Field(strict=False)] = None


class Header(Spec):
    """What a document says besides its defaults and its jobs."""

    # Every document has one.
    model_config = ConfigDict(defer_build=False)

    schedrun: Annotated[Literal["v1"], Field(description="The version of the format.")]
    name: Annotated[Name, Field(description="The job set: a job's key everywhere else is `set/job`.")]
    labels: Annotated[dict[str, str], Field(description="Labels of every job of the document.")] = {}


class Manifest(Header):
    """A document of jobs for schedrun."""

    # Built for the schema alone: documents are validated part by part.
    model_config = ConfigDict(defer_build=True)

    defaults: Annotated[
        Defaults,
        Field(default_factory=Defaults, description="Shaped like a job, and merged below what each job says itself."),
    ]
    jobs: Annotated[dict[Name, Job], Field(description="The jobs by their ids.")]
