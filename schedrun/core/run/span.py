"""A span: consecutive occurrences that never ran, for one reason."""

from dataclasses import dataclass
from datetime import datetime

from schedrun.core.status import SpanStatus


@dataclass(frozen=True, slots=True)
class Span:
    """Occurrences from `first` to `last` (nominal instants, inclusive, aware UTC), all with one verdict.

    `decided_at` is when the verdict on the last of them was given, `blocked_by` the run that an overlap policy let
    them make way for.
    """

    job_uid: str
    first: datetime
    last: datetime
    count: int
    status: SpanStatus
    reason: str
    decided_at: datetime | None = None
    blocked_by: str | None = None
