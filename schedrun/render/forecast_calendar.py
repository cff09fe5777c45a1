"""The runs to come between two instants: the value behind table, JSON and iCalendar of `forecast`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from schedrun.core.ids import JobKey
from schedrun.core.spec.instant import utc_text


@dataclass(frozen=True, slots=True)
class Entry:
    """A run: `at` is aware UTC and includes the spread's offset, `zone` the IANA key of the job's clock."""

    at: datetime
    job: JobKey
    zone: str


@dataclass(frozen=True, slots=True)
class Rest:
    """A job that its manifest pauses, why, and until when (aware UTC; None: until the manifest says otherwise)."""

    job: JobKey
    reason: str | None
    until: datetime | None

    @property
    def words(self) -> str:
        """The pause in a sentence."""
        because = f": {self.reason}" if self.reason else ""
        until = "" if self.until is None else f", until {utc_text(self.until)}"
        return f"{self.job} is paused by its manifest{because}{until}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """All runs in [begin, end), by time and job; `jobs` are each job's description and its schedule in words."""

    begin: datetime
    end: datetime
    entries: tuple[Entry, ...]
    jobs: Mapping[JobKey, tuple[str | None, str]]
    rests: tuple[Rest, ...]
