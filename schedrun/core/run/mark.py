"""Runs as charts and overviews show them: without what they printed."""

from datetime import datetime
from typing import NamedTuple

from schedrun.core.status import RunKind, RunStatus


class Mark(NamedTuple):
    """One run; all instants are aware UTC, and `started_at` is when its last attempt began."""

    run_id: str
    job_uid: str
    fire_time: datetime
    kind: RunKind
    status: RunStatus
    attempt: int
    started_at: datetime | None
    finished_at: datetime | None


class Tally(NamedTuple):
    """How many runs with one status have their fire time within the step that begins at `start` (aware UTC)."""

    start: datetime
    status: RunStatus
    number: int
