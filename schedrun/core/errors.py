"""What schedrun raises. The docstring of a class is its message; the attributes say about whom."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar


class SchedrunError(Exception):
    """schedrun could not do what was asked."""

    code: ClassVar[str] = "refused"
    """What programs tell the error by, where it reaches them as an answer."""

    @property
    def facts(self) -> Mapping[str, object]:
        """About whom it is, for programs: JSON values beside the message."""
        return {}

    @property
    def sentence(self) -> str:
        """The class's docstring: the constant part of the message."""
        return (type(self).__doc__ or "").strip().rstrip(".")


class JobNotFoundError(SchedrunError):
    """no job has this id."""

    code = "job_not_found"

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"{self.sentence}: {job_id!r}")


class DuplicateJobError(SchedrunError):
    """this job id is declared twice."""

    def __init__(self, job_id: str, *, first: str, second: str) -> None:
        self.job_id, self.first, self.second = job_id, first, second
        super().__init__(
            f"{self.sentence}: {job_id!r}, first by {first}, again by {second}; give one of them another `job_id`"
        )


class JobBusyError(SchedrunError):
    """an active run forbids another one."""

    code = "job_busy"

    def __init__(self, job_id: str, *, active_run: str, waits: bool = False) -> None:
        self.job_id, self.active_run = job_id, active_run
        why = "one run waits already, and only one may" if waits else self.sentence
        super().__init__(f"{why}: run {active_run} of {job_id!r}")

    @property
    def facts(self) -> Mapping[str, object]:
        """Name the run that is in the way."""
        return {"active_run": self.active_run}


class JobOwnedByManifestError(SchedrunError):
    """a manifest declares this job, so it changes in its file."""

    def __init__(self, job_id: str, *, file: str, line: int) -> None:
        self.job_id, self.file, self.line = job_id, file, line
        super().__init__(f"{self.sentence}: {job_id!r} stands in {file}:{line}")


class PausedByManifestError(JobOwnedByManifestError):
    """its manifest pauses this job, so it is resumed in its file."""

    code = "paused_by_manifest"

    @property
    def facts(self) -> Mapping[str, object]:
        """Say where the pause stands."""
        return {"file": self.file, "line": self.line}


class RunNotFoundError(SchedrunError):
    """no run has this id."""

    code = "run_not_found"

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"{self.sentence}: {run_id!r}")


class RunEndedError(SchedrunError):
    """this run has ended."""

    code = "run_finished"

    def __init__(self, run_id: str, *, status: str) -> None:
        self.run_id, self.status = run_id, status
        super().__init__(f"{self.sentence}: {run_id} {status}")

    @property
    def facts(self) -> Mapping[str, object]:
        """Say how it ended."""
        return {"run_status": str(self.status)}


class RunLostError(SchedrunError):
    """nothing executes this run any more, and its verdict was lost; the next start records it as interrupted."""

    code = "run_lost"

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"{self.sentence}: {run_id}")


class NotStartedError(SchedrunError):
    """the scheduler is not started, so it cannot act on a job."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"{self.sentence}: {job_id!r}; call `await scheduler.start()` first")


class NotActiveError(SchedrunError):
    """another process is active on this state, so this scheduler cannot act on it."""

    def __init__(self, path: str, *, pid: int | None, since: datetime | None) -> None:
        self.path, self.pid, self.since = path, pid, since
        super().__init__(f"{self.sentence}: {_held_by(path, pid, since)}")


class NotDeliveredError(SchedrunError):
    """what was to be told could not be delivered."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"{self.sentence}: {reason}")


class StoreError(SchedrunError):
    """the state could not be read or written."""

    code = "store_unavailable"


class SchedulerStoppedError(StoreError):
    """the scheduler is not started, so nothing is known of its jobs yet."""

    code = "not_started"

    def __init__(self) -> None:
        super().__init__(self.sentence)


class StateMissingError(StoreError):
    """this state does not exist yet."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{self.sentence}: {path} (start it with `schedrun run --state {path}`)")


class StateLockedError(StoreError):
    """another process is active on this state."""

    def __init__(self, path: str, *, pid: int | None, since: datetime | None) -> None:
        self.path, self.pid, self.since = path, pid, since
        super().__init__(f"{self.sentence}: {_held_by(path, pid, since)}")


class StateCopiedError(StoreError):
    """this state is a copy of one that is in use, and its jobs would run twice."""

    def __init__(self, path: str, *, pid: int, since: datetime) -> None:
        self.path, self.pid, self.since = path, pid, since
        super().__init__(
            f"{self.sentence}: {path}, of that of pid {pid}, since {since:%Y-%m-%d %H:%M:%S} UTC (stop that process"
            " first; commands that only read, such as `schedrun runs`, work on the copy)"
        )


class AlreadyRecordedError(StoreError):
    """this run is recorded already."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"{self.sentence}: {run_id}")


def _held_by(path: str, pid: int | None, since: datetime | None) -> str:
    who = f"pid {pid}" if pid is not None else "an unnamed process"
    when = f", since {since:%Y-%m-%d %H:%M:%S} UTC" if since is not None else ""
    return f"{path} is held by {who}{when}"
