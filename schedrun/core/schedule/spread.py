"""Spread: the stable delay that keeps jobs of one schedule from starting at one instant."""

import hashlib
from datetime import timedelta

_STEP = timedelta(milliseconds=1)


def offset(key: str, spread: timedelta | None) -> timedelta:
    """Return the delay of the job `key`: whole milliseconds in [0, spread), the same in every process."""
    steps = (spread or timedelta()) // _STEP
    if steps == 0:
        return timedelta()
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:8]) % steps * _STEP
