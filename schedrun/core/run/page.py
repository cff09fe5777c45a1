"""Pages of runs and spans: what is asked for, and where a page ends so that the next one goes on there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from schedrun.core.status import RunStatus

T = TypeVar("T")


class Place(NamedTuple):
    """Where a record stands in the order of its list: by instant (aware UTC), of several by their recording.

    `ordinal` is a number that only the ledger gives meaning to; a record keeps it, and one recorded later has a larger.
    """

    at: datetime
    ordinal: int


class Placed(NamedTuple, Generic[T]):
    """A record, and its place."""

    place: Place
    record: T


class Ordered(NamedTuple, Generic[T]):
    """A record, and its number in the order of recording, which only the ledger gives meaning to."""

    ordinal: int
    record: T


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are meant: of one job, with one of some statuses, and with a fire time in [since, until).

    None sets no bound; instants are aware. No status at all means no run.
    """

    job_uid: str | None = None
    statuses: frozenset[RunStatus] | None = None
    since: datetime | None = None
    until: datetime | None = None
