"""What answers look like: models for the OpenAPI document alone, since answers are built in `schedrun.render`.

The tests hold every answer against them.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schedrun.core.diagnostics import Severity
from schedrun.core.plan.change import Action
from schedrun.core.run.why import Finding
from schedrun.core.status import JobStatus, Origin, RunKind, RunStatus, SpanStatus

Cursor = Annotated[str | None, Field(description="Where the next page begins; null on the last one.")]


class Document(BaseModel):
    """An answer: its members are all there."""

    model_config = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)


class ProblemDocument(BaseModel):
    """An error (RFC 9457): `code` for programs, `detail` and `remedy` for people; facts stand beside them."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    remedy: str


class HealthDocument(BaseModel):
    """Whether all is well; `reasons` say why not, to who may read."""

    model_config = ConfigDict(extra="forbid")

    ok: bool
    reasons: Annotated[list[str], Field(default_factory=list, min_length=1)]


class FindingDocument(Document):
    """What is wrong, where, and what to write instead."""

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    message: str
    hint: str | None


class FramedFinding(FindingDocument):
    """A finding with the line it is about, masked, and marks below it."""

    frame: str | None


class BlockedDocument(Document):
    """A removal that is held back, and why."""

    job: str
    reason: str


class ProcessDocument(Document):
    """Which process answers, and which one is active."""

    pid: int
    role: Literal["active", "standby"]
    active_pid: int | None


class StatusDocument(Document):
    """Whether the live jobs are what the manifests say."""

    ok: bool
    revision: str | None
    broken: list[FramedFinding]
    blocked: list[BlockedDocument]
    applied_revision: str | None
    attempted_revision: str | None
    process: ProcessDocument


class LateDocument(Document):
    """An expectation on time that is not met."""

    expectation: str
    since: datetime


class JobRow(Document):
    """A job and how it stands."""

    job: str
    status: JobStatus
    schedule: str
    next_fire: datetime | None
    paused: bool
    file: str | None
    line: int | None
    set: str | None
    labels: dict[str, str]
    owner: str | None
    timezone: str
    origin: Origin
    revision: str | None
    late: LateDocument | None


class JobsDocument(Document):
    """A page of jobs, by key."""

    jobs: list[JobRow]
    next_cursor: Cursor


class RunRow(Document):
    """A run as its last attempt shows it."""

    id: str
    job: str
    fire_time: datetime
    kind: RunKind
    status: RunStatus
    attempt: int
    started_at: datetime | None
    finished_at: datetime | None
    retry_at: datetime | None
    exit_code: int | None
    error: str | None


class OverrideDocument(Document):
    """A pause that a person laid over a job."""

    reason: str | None
    by: str
    since: datetime
    until: datetime | None


class JobDocument(JobRow):
    """A job with its spec and its lines, private values hidden, and what comes and came."""

    spec: dict[str, Any]
    source: str | None
    next_fires: list[datetime]
    last_runs: list[RunRow]
    overrides: list[OverrideDocument]


class RunsDocument(Document):
    """A page of runs, newest first."""

    runs: list[RunRow]
    next_cursor: Cursor


class SpanRow(Document):
    """Fires that never became a run, and why."""

    job: str
    first: datetime
    last: datetime
    count: int
    status: SpanStatus
    reason: str
    decided_at: datetime | None
    blocked_by: str | None


class SpansDocument(Document):
    """A page of spans, newest first."""

    spans: list[SpanRow]
    next_cursor: Cursor


class AttemptDocument(Document):
    """What an attempt did; the last of a running run goes on."""

    number: int
    status: RunStatus
    started_at: datetime | None
    finished_at: datetime | None
    exit_code: int | None
    error: str | None
    output: str | None


class GapDocument(Document):
    """What kept a run from starting in time."""

    cause: str
    first: datetime | None
    last: datetime | None


class WhyDocument(Document):
    """Why a run went as it did, in a sentence and with the facts behind it."""

    sentence: str
    finding: Finding
    due: datetime | None
    gap: GapDocument | None


class RunDocument(RunRow):
    """A run with everything that is known of it."""

    output: str | None
    queued_at: datetime
    due: datetime
    max_attempts: int
    attempts: list[AttemptDocument]
    why: WhyDocument


class RunReference(Document):
    """A run that was begun or cancelled."""

    id: str
    status: RunStatus


class RunAnswer(Document):
    """The run that an action was about."""

    run: RunReference


class FieldDocument(Document):
    """A field that differs, private values hidden."""

    path: str
    before: Any
    after: Any


class ChangeDocument(Document):
    """What would happen to a job."""

    action: Action
    job: str
    reason: str
    blocked: str | None
    fields: list[FieldDocument]


class PlannedOverride(Document):
    """A pause that holds whatever the manifests say."""

    job: str
    reason: str | None
    by: str
    until: datetime | None


class LogDocument(Document):
    """A part of what an attempt of a run printed; `complete` where it has ended and nothing of it follows."""

    text: str
    offset: Annotated[int, Field(description="The byte at which the text begins.")]
    next_offset: Annotated[int, Field(description="The byte behind its end.")]
    complete: bool


class PlanDocument(Document):
    """What applying the manifests now would change."""

    changes: list[ChangeDocument]
    findings: list[FindingDocument]
    overrides: list[PlannedOverride]
    summary: dict[str, int]


class FireDocument(Document):
    """When a job fires."""

    job: str
    at: datetime


class DenseDocument(Document):
    """A job that fires too often to be listed."""

    job: str
    count: int


class ForecastDocument(Document):
    """What fires in a stretch of time."""

    fires: list[FireDocument]
    dense: list[DenseDocument]
