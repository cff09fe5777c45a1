"""A fire that is still to come: the value behind the table and JSON of `next`."""

from dataclasses import dataclass
from datetime import datetime

from schedrun.core.ids import JobKey


@dataclass(frozen=True, slots=True)
class UpcomingFire:
    """When a job fires: `at` is aware and includes the spread offset, `zone` an IANA key (None: UTC).

    `job` is None for a crontab expression that no job has.
    """

    job: JobKey | None
    at: datetime
    zone: str | None
