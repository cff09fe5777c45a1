"""Job rows to jobs, through a cache: a row that did not change is the object it was."""

from collections.abc import Sequence

from pydantic import ValidationError

from schedrun.core.run.recorded import RecordedJob
from schedrun.core.spec.job import CodeJob, Job
from schedrun.core.status import Origin
from schedrun.stores import rows
from schedrun.stores.faults import UnreadableJobError
from schedrun.stores.rows import Row

_UID, _KEY, _ORIGIN, _SPEC = 0, 1, 2, 3
_FILE, _LINE = 5, 6


class JobCache:
    """Decodes job rows, each spec with today's models once.

    Shared by the threads of a store: an entry is replaced whole and always says the truth about its own row,
    so the worst a race costs is decoding twice.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Row, RecordedJob]] = {}

    def decode(self, row: Row) -> RecordedJob:
        """Return the job of `row`; raises UnreadableJobError when its spec does not parse."""
        known = self._known.get(row[_UID])
        if known is not None:
            if known[0] == row:
                return known[1]
            if known[0][_ORIGIN : _SPEC + 1] == row[_ORIGIN : _SPEC + 1]:
                return self._keep(row, known[1].spec)
        return self._keep(row, _parse(row))

    def encode(self, job: RecordedJob) -> Row:
        """Return the row of `job`, and remember that this row is this job."""
        known = self._known.get(job.uid)
        if known is not None and known[1].spec is job.spec:
            spec = known[0][_SPEC]
        else:
            spec = rows.to_json(job.spec.to_record())
        row = rows.job_row(job, spec)
        self._known[job.uid] = (row, job)
        return row

    def readable(self, found: Sequence[Row]) -> list[RecordedJob]:
        """Return the jobs of the rows whose specs parse."""
        jobs = []
        for row in found:
            try:
                jobs.append(self.decode(row))
            except UnreadableJobError:
                continue  # `unreadable` names it; the others must not go down with it
        return jobs

    def unreadable(self, found: Sequence[Row]) -> list[UnreadableJobError]:
        """Return an error for each row whose spec does not parse."""
        errors = []
        for row in found:
            try:
                self.decode(row)
            except UnreadableJobError as error:
                errors.append(error)
        return errors

    def _keep(self, row: Row, spec: Job) -> RecordedJob:
        job = rows.job_of(row, spec)
        self._known[job.uid] = (row, job)
        return job


def _parse(row: Row) -> Job:
    model = CodeJob if row[_ORIGIN] == Origin.CODE else Job
    try:
        return model.model_validate_json(row[_SPEC])
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UnreadableJobError(
            row[_KEY],
            uid=row[_UID],
            file=row[_FILE],
            line=row[_LINE],
            detail=f"{place}: {first['msg']}" if place else first["msg"],
        ) from error
