"""Which trace and which spans a run is: made of its id, so that every process on a ledger means the same."""

import hashlib
from typing import NamedTuple

ROOT = 0
"""The number of the span over the whole run; those of attempts are the attempts' own, from 1."""

_SAMPLED = "01"
_UNSAMPLED = "00"


class SpanIdentity(NamedTuple):
    """A span of a run: 128 and 64 bits, neither of them zero."""

    trace_id: int
    span_id: int

    def traceparent(self, *, sampled: bool) -> str:
        """Return it as W3C Trace Context writes it in a header."""
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{_SAMPLED if sampled else _UNSAMPLED}"


def span_of(run_id: str, number: int) -> SpanIdentity:
    """Return the span of an attempt, or of the whole run."""
    return SpanIdentity(_bits(f"trace\n{run_id}", 16), _bits(f"span\n{run_id}\n{number}", 8))


def parse(traceparent: str) -> tuple[SpanIdentity, bool]:
    """Return what `SpanIdentity.traceparent` wrote: the span, and whether it is sampled."""
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanIdentity(int(trace_id, 16), int(span_id, 16)), flags == _SAMPLED


def _bits(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size], "big") or 1
