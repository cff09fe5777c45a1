"""Short ways to say manifests and rows."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from schedrun.core.diagnostics import Diagnostic, Severity
from schedrun.core.plan.desired import DeclaredJob, Desired
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.source import Position
from schedrun.core.spec.job import CodeJob, Job
from schedrun.core.status import Origin

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def job(**said: Any) -> Job:
    """Return a job as a manifest says it; without a schedule, every quarter of an hour."""
    return Job.model_validate({"schedule": {"every": "15m"}, "target": {"shell": "true"}, **said})


def declared(key: str, spec: Job | None = None, *, file: str = "jobs.yaml", line: int = 4) -> DeclaredJob:
    """Return a declaration of `key`."""
    return DeclaredJob(key, Position(file, line, 3), spec if spec is not None else job())


def desired(
    jobs: Mapping[str, Job] | Sequence[DeclaredJob] = (), *, broken: Sequence[str] = (), revision: str = "r2"
) -> Desired:
    """Return what a tree wants; `broken` names files with one error each."""
    declarations = [declared(key, spec) for key, spec in jobs.items()] if isinstance(jobs, Mapping) else jobs
    return Desired(
        {declaration.key: declaration for declaration in declarations},
        revision,
        {file: (finding(file),) for file in broken},
    )


def finding(file: str, message: str = "not a mapping") -> Diagnostic:
    """Return an error in `file`."""
    return Diagnostic("SR002", Severity.ERROR, Position(file, 2, 1), message)


def row(key: str, spec: Job | None = None, **other: Any) -> RecordedJob:
    """Return a live manifest row whose uid is `uid of KEY`, at the position that `declared` gives."""
    recorded = RecordedJob(
        uid=f"uid of {key}",
        key=key,
        origin=Origin.MANIFEST,
        spec=spec if spec is not None else job(),
        cursor=NOON,
        file="jobs.yaml",
        line=4,
        revision="r1",
    )
    return recorded._replace(**other)


def code_row(key: str) -> RecordedJob:
    """Return a live row of a job that the embedding application declared."""
    spec = CodeJob.model_validate({"schedule": {"every": "15m"}, "target": {"code": key}})
    return RecordedJob(f"uid of {key}", key, Origin.CODE, spec, NOON)
