"""schedrun: GitOps for scheduled jobs. The public names, imported when they are first used; nothing else."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schedrun.core.errors import (
        DuplicateJobError,
        JobBusyError,
        JobNotFoundError,
        JobOwnedByManifestError,
        NotActiveError,
        NotStartedError,
        SchedrunError,
    )
    from schedrun.core.schedule.cron import next_fire_times
    from schedrun.core.spec.crontab import parse_cron_expression, validate_cron_expression
    from schedrun.core.status import JobStatus, RunStatus, TaskStatus, TriggerType
    from schedrun.scheduler.declarations import SchedulerConfig
    from schedrun.scheduler.task_scheduler import TaskScheduler
    from schedrun.scheduler.views import JobInfo
    from schedrun.service.embedding import create_scheduler_lifespan
    from schedrun.targets.current_run import CurrentRun, current_run

__version__ = "0.1.0"

_HOMES = {
    "DuplicateJobError": "schedrun.core.errors",
    "JobBusyError": "schedrun.core.errors",
    "JobNotFoundError": "schedrun.core.errors",
    "JobOwnedByManifestError": "schedrun.core.errors",
    "NotActiveError": "schedrun.core.errors",
    "NotStartedError": "schedrun.core.errors",
    "SchedrunError": "schedrun.core.errors",
    "next_fire_times": "schedrun.core.schedule.cron",
    "parse_cron_expression": "schedrun.core.spec.crontab",
    "validate_cron_expression": "schedrun.core.spec.crontab",
    "JobStatus": "schedrun.core.status",
    "RunStatus": "schedrun.core.status",
    "TaskStatus": "schedrun.core.status",
    "TriggerType": "schedrun.core.status",
    "SchedulerConfig": "schedrun.scheduler.declarations",
    "create_scheduler_lifespan": "schedrun.service.embedding",
    "TaskScheduler": "schedrun.scheduler.task_scheduler",
    "JobInfo": "schedrun.scheduler.views",
    "CurrentRun": "schedrun.targets.current_run",
    "current_run": "schedrun.targets.current_run",
}

__all__ = [
    "CurrentRun",
    "DuplicateJobError",
    "JobBusyError",
    "JobInfo",
    "JobNotFoundError",
    "JobOwnedByManifestError",
    "JobStatus",
    "NotActiveError",
    "NotStartedError",
    "RunStatus",
    "SchedrunError",
    "SchedulerConfig",
    "TaskScheduler",
    "TaskStatus",
    "TriggerType",
    "__version__",
    "create_scheduler_lifespan",
    "current_run",
    "next_fire_times",
    "parse_cron_expression",
    "validate_cron_expression",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
