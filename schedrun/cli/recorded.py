"""The arguments JOB and RUN, looked up in a recorded state."""

from pathlib import Path

from schedrun.cli import job_argument
from schedrun.core.errors import RunNotFoundError, SchedrunError
from schedrun.core.ids import JobKey, log_name
from schedrun.core.run.lateness import Late
from schedrun.core.run.recorded import RecordedJob
from schedrun.core.run.run import Run
from schedrun.protocols import Reader
from schedrun.settings import Settings

_CANDIDATES = 10


class AmbiguousRunError(SchedrunError):
    """several runs have ids that begin like this."""

    def __init__(self, prefix: str, *, candidates: tuple[str, ...]) -> None:
        self.prefix, self.candidates = prefix, candidates
        more = ", ..." if len(candidates) == _CANDIDATES else ""
        super().__init__(f"{self.sentence}: {prefix!r} is one of {', '.join(candidates)}{more}; give more letters")


def job(reader: Reader, name: str, *, tombstones: bool = False) -> RecordedJob:
    """Return the job that `name` means (`set/id`, or an id that is unique), with `tombstones` also a removed one.

    Raises UnknownJobError and AmbiguousJobError as `job_argument.find` does.
    """
    row = reader.job_by_key(name)  # tried first: a key need not read the other jobs
    if row is not None and (tombstones or row.removed_at is None):
        return row
    rows = {row.key: row for row in reversed(reader.jobs(tombstones=tombstones))}
    return rows[job_argument.find(name, rows)]


def late(reader: Reader) -> dict[JobKey, Late]:
    """Return the jobs that are late, by key, and by what."""
    found = reader.late_jobs()
    keys = reader.keys(found)
    return {keys[uid]: each for uid, each in found.items()}


def run(reader: Reader, prefix: str) -> Run:
    """Return the run whose id begins with `prefix`. Raises RunNotFoundError, and AmbiguousRunError for several."""
    if not prefix:
        raise RunNotFoundError(prefix)  # an unset variable in a script means nobody's run
    candidates = tuple(reader.run_ids(prefix, limit=_CANDIDATES))
    if len(candidates) > 1 and prefix not in candidates:
        raise AmbiguousRunError(prefix, candidates=candidates)
    found = reader.run(prefix if prefix in candidates or not candidates else candidates[0])
    if found is None:
        raise RunNotFoundError(prefix)
    return found


def log(state: Path, run_id: str, *, attempt: int) -> Path:
    """Return where the whole output of an attempt is when the ledger does not hold it."""
    return Settings(state=state).logs_dir / log_name(run_id, attempt)
