"""What goes to an HTTP server and what comes back, as values."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schedrun.targets.recording import Recording


@dataclass(frozen=True, slots=True)
class Request:
    """A request with every secret resolved."""

    method: str
    url: str
    headers: tuple[tuple[bytes, bytes], ...]
    content: bytes | None


@dataclass(slots=True)
class Answer:
    """What is known of the answer, also while it still arrives.

    `error` and `exceptions` are set when the exchange failed, `retry_after` when the server sends the request away.
    """

    body: Recording
    status: int | None = None
    error: str | None = None
    exceptions: tuple[str, ...] = ()
    retry_after: timedelta | datetime | None = None
