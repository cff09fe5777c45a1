"""A span: consecutive occurrences that never ran, for one reason."""

from dataclasses import dataclass
from datetime import datetime

from schedrun.core.status import SpanStatus


@dataclass(frozen=True, slots=True)
class Span:
    """Occurrences from `first` to `last` (nominal instants, inclusive, aware UTC), all with one verdict."""

    job_uid: str
    first: datetime
    last: datetime
    count: int
    status: SpanStatus
    reason: str
